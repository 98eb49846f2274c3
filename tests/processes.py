"""Processes that a test looks at, or sends a signal to."""

import psutil

from sprout.process import Process
from sprout.worker import Worker


def main_process(process: Process | Worker) -> psutil.Process:
    """Return the process of the command itself."""
    (found,) = psutil.Process(process.leash_pid).children()
    return found
