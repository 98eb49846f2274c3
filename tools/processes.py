"""Find the processes that a program started."""

import psutil

from sprout.process import Process
from sprout.worker import Worker

MARK = "SPROUT_TEST_MARK"


def main_process(process: Process | Worker) -> psutil.Process:
    """Return the process of the command, which is the only child of the leash."""
    (found,) = psutil.Process(process.leash_pid).children()
    return found


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes whose environment variable MARK has this value."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:  # The process has ended, or belongs to another user.
            continue
    return found
