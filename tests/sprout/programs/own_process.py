"""Run `sh -c COMMAND` until it ends, and print its lines as they arrive."""

import sys

from sprout.process import Process

with Process(["sh", "-c", sys.argv[1]], grace=0.2, piped=True) as process:
    for line in process.lines():
        print(line)
