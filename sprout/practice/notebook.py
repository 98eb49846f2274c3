"""Check an exercise in a notebook: `check("day4/fan_in")`."""

import multiprocessing
import sys

from rich.console import Console

from sprout.practice.exercises import find


def check(name: str) -> None:
    """Check the reader's file of an exercise, and print the verdict.

    Raises SproutError if the exercise does not exist.
    """
    # multiprocessing also imports the calling script in each process of a check.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    # Imported here, because a notebook can import this module without a check.
    from sprout.practice.judge import Judge
    from sprout.practice.progress import Progress
    from sprout.practice.session import Session

    with Judge() as judge:
        # Print a single text. Otherwise Jupyter shows a separate output for each line.
        console = Console(
            file=sys.stdout, force_jupyter=False, highlight=False, width=88
        )
        Session(find(name), judge, Progress(), console).check()
