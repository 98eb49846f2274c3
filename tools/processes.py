"""Find the processes that a program started, to look at them or to signal them."""

import psutil

from sprout.process import Process
from sprout.worker import Worker

MARK = "SPROUT_TEST_MARK"


def main_process(process: Process | Worker) -> psutil.Process:
    """Return the process of the command."""
    (found,) = psutil.Process(process.leash_pid).children()
    return found


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes that were started with this mark in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:  # ended meanwhile, or not ours
            continue
    return found
