"""Run `sh -c COMMAND` until it exits, and print each line on arrival."""

import sys

from sprout.process import Process

with Process(["sh", "-c", sys.argv[1]], grace=0.2, piped=True) as process:
    for line in process.lines():
        print(line)
