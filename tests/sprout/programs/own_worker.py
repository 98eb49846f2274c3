"""Start a worker in FOLDER with the broker at URL, and wait for a signal."""

import signal
import sys
from pathlib import Path

from sprout.worker import Worker

folder, url, *arguments = sys.argv[1:]
with Worker(Path(folder), url, arguments=arguments):
    print("ready")
    signal.pause()
