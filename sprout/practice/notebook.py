"""Check an exercise in a notebook: `check("day4/fan_in")`."""

import multiprocessing
import sys

from rich.console import Console

from sprout.practice.exercises import find


def check(name: str) -> None:
    """Check an exercise: see `sprout.practice.check`."""
    # multiprocessing imports the calling script again in each process of a check. These
    # imports must not start another check.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        return
    # Import the judge here, so that importing this module stays fast.
    from sprout.practice.judge import Judge
    from sprout.practice.progress import Progress
    from sprout.practice.session import Session

    with Judge() as judge:
        # Print plain text. Rich would create a separate Jupyter output for each line.
        console = Console(
            file=sys.stdout, force_jupyter=False, highlight=False, width=88
        )
        Session(find(name), judge, Progress(), console).check()
