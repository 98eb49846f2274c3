"""The days: their ideas and the expected output of their clients.

>>> find("day0").folder.name
'day0'
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sprout import SproutError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Day:
    """A lesson: a folder with an app, `taskrunner`, and a client.py.

    `look` explains the timeline in one sentence. `tasks` is the number of tasks in the
    timeline. `results` lists the lines that the client must print, in order.
    `logged` lists regular expressions that the worker's log must match.
    """

    name: str
    look: str
    tasks: int
    results: tuple[str, ...]
    logged: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The path of the day's folder."""
        return ROOT / self.name

    @property
    def idea(self) -> str:
        """The day's idea: the title of its README without "# Day 0: "."""
        readme = self.folder / "README.md"
        title = readme.read_text(encoding="utf-8").splitlines()[0]
        return title.partition(": ")[2]

    def missing(self, printed: Sequence[str]) -> list[str]:
        """Return the expected results that the lines omit or contain out of order."""
        lines = [line.strip() for line in printed]
        missing = []
        for result in self.results:
            if result in lines:
                lines = lines[lines.index(result) + 1 :]
            else:
                missing.append(result)
        return missing

    def find_logged(self, log: str) -> list[str]:
        """Return the first match of each expression that matches the log."""
        found = [re.search(pattern, log) for pattern in self.logged]
        return [match[0] for match in found if match]


DAYS = (
    Day(
        "day0",
        "Two tasks of five seconds ran in parallel, in two processes of one worker.",
        tasks=2,
        results=(
            "sent: PENDING ready: False",
            "add(4, 4) = 8",
            "add(10, y=5) = 15",
            "now: SUCCESS ready: True",
        ),
    ),
    Day(
        "day1",
        "The first task waited for its countdown; the second failed.",
        tasks=2,
        results=(
            "add(1, 2) = 3 (a plain call, in this process)",
            "states: PENDING, STARTED, SUCCESS",
            "add(2, 2) = 4",
            "get() raises TypeError: unsupported operand type(s) for +: 'int' and "
            "'str'",
            "successful: False state: FAILURE",
        ),
    ),
    Day(
        "day2",
        "The client waited for each task before it sent the next; the last never ran.",
        tasks=4,
        results=(
            "add(4, 2) = 6",
            "sub(4, 2) = 2",
            "mul(4, 2) = 8",
            "div(4, 2): NotRegistered, 'taskrunner.quotients.div' state: FAILURE",
        ),
    ),
    Day(
        "day3",
        "All four were sent at once, and ran as soon as a process was free.",
        tasks=4,
        results=(
            "taskrunner.tasks.addition.sums.add(4, 2) = 6",
            "taskrunner.tasks.addition.sums.sub(4, 2) = 2",
            "taskrunner.tasks.multiplication.products.mul(4, 2) = 8",
            "taskrunner.tasks.multiplication.quotients.div(4, 2) = 2.0",
        ),
    ),
    Day(
        "day4",
        "A chain of four tasks, a group of four, a diamond, and a chain of two.",
        tasks=14,
        results=(
            "= 10.0",
            "= [6, 2, 8, 2.0]",
            "= 20.0",
            "= 15 (calling a workflow publishes its tasks)",
            "= 6 (calling a signature runs its task in the client)",
        ),
    ),
    Day(
        "day5",
        "One task failed twice and was retried; the others ran in between.",
        tasks=3,
        results=(
            "division-of-two-numbers(4, 2) = 2.0",
            "division-of-two-numbers(4, 0): ZeroDivisionError('division by zero')",
            "sum-at-the-third-try(4, 2) = 6",
        ),
        logged=(
            r"division-of-two-numbers\[\S+\]: start: args=\[4, 0\] kwargs={}",
            r"division-of-two-numbers\[\S+\]: failure: ZeroDivisionError\(.*\)",
            r"division-of-two-numbers\[\S+\]: end: FAILURE",
            r"sum-at-the-third-try\[\S+\]: retry: ConnectionError\(.*\)",
            r"sum-at-the-third-try\[\S+\]: success: 6",
        ),
    ),
    Day(
        "day6",
        "Fourteen tasks of four workflows ran; the two after the failed task did not.",
        tasks=14,
        results=(
            "diamond = 20.0",
            "serial = 10.0",
            "parallel = [6, 2, 8, 2.0]",
            "broken = ZeroDivisionError('division by zero')",
            "broken    division-of-two-numbers  FAILURE",
            "broken    product-of-two-numbers   SKIPPED",
            "broken    diff-of-two-numbers      SKIPPED",
        ),
    ),
    Day(
        "day7",
        "Plain tasks got numbers as arguments, and named tasks got dicts.",
        tasks=14,
        results=(
            "from_data = 10.0",
            "named_serial = {'sub_result': 10.0}",
            "named_diamond = {'total_result': 10.0}",
            "stamped = 6.0",
            "refused, nothing sent: sub needs a list of one number in job_data, "
            "not None",
        ),
    ),
)


def find(name: str) -> Day:
    """Return the day with this name. Raise SproutError for an unknown name."""
    for day in DAYS:
        if day.name == name:
            return day
    names = ", ".join(day.name for day in DAYS)
    raise SproutError(f"There is no {name}. The days are {names}.")
