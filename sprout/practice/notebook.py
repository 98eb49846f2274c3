"""Check an exercise in a notebook: `check("day4/fan_in")`."""

import multiprocessing
import sys

from rich.console import Console

from sprout.practice.exercises import find


def check(name: str) -> None:
    """Check the reader's file of an exercise, and print the verdict.

    Raises SproutError if there is no such exercise.
    """
    # multiprocessing imports the calling script in each process of a check.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    # Imported here, because the notebook's first import does not need the runner.
    from sprout.practice.judge import Judge
    from sprout.practice.progress import Progress
    from sprout.practice.session import Session

    with Judge() as judge:
        # Print one text. Otherwise Jupyter shows a separate output for each line.
        console = Console(
            file=sys.stdout, force_jupyter=False, highlight=False, width=88
        )
        Session(find(name), judge, Progress(), console).check()
