"""Run `sh -c COMMAND` until Ctrl-C, and print its output."""

import signal
import sys
import time

from sprout.process import Process

with Process(["sh", "-c", sys.argv[1]]) as process:
    while not process.log():
        time.sleep(0.02)
    try:
        print("ready")
        signal.pause()
    except KeyboardInterrupt:
        pass
print(process.log())
