"""The self-test: one question about each day that the reader might skip."""

from dataclasses import dataclass

import click
from rich.console import Console

from sprout import SproutError
from sprout.days import DAYS
from sprout.practice.progress import Progress
from sprout.practice.show import line


@dataclass(frozen=True)
class Question:
    """A question about a day, the choices, and the number of the right choice."""

    text: str
    choices: tuple[str, ...]
    right: int


QUESTIONS = {
    "day0": Question(
        "You change the code of a task. When does the worker run the new code?",
        ("At the next message.", "After you restart it.", "After the next client."),
        2,
    ),
    "day1": Question(
        "A task returns the tuple (1, 2). What does get() return?",
        ("(1, 2)", "[1, 2]", "TypeError: it is not JSON serializable"),
        2,
    ),
    "day2": Question(
        "A task's module is missing from `include`. What happens if you send the task?",
        ("It waits.", "It runs anyway.", "It fails with NotRegistered."),
        3,
    ),
    "day3": Question(
        'Which module does app.autodiscover_tasks(["shop"]) import?',
        ("shop.tasks", "shop.celery", "every module of shop"),
        1,
    ),
    "day4": Question(
        "What does the second task of add.s(4, 2) | mul.si(3, 5) return?",
        ("90", "18", "15"),
        3,
    ),
    "day5": Question(
        "A worker can run a task twice. What must the task be?",
        ("fast", "idempotent", "bound"),
        2,
    ),
    "day6": Question(
        "What is AsyncResult(id).parent if id belongs to the last task of a chain?",
        ("the previous step", "the first step", "None"),
        3,
    ),
    "day7": Question(
        "Two results of a group are merged into a dict under one key. What remains?",
        ("one result", "a list of both results", "an error"),
        1,
    ),
}


def begin_at(day: str, progress: Progress, console: Console) -> None:
    """Ask a question about each day before `day`, and store the days to skip.

    Raises SproutError if the day does not exist.
    """
    day = f"day{day}" if day.isdigit() else day
    days = [each.name for each in DAYS] + ["django"]
    if day not in days:
        raise SproutError(f"There is no {day}. The days are {', '.join(days)}.")
    earlier = days[: days.index(day)]
    for name in earlier:
        question = QUESTIONS[name]
        line(console, f"\n{name}: {question.text}", "bold")
        for number, choice in enumerate(question.choices, 1):
            line(console, f"  {number}  {choice}")
        answer = click.prompt(
            "Type 1, 2 or 3", type=click.Choice(["1", "2", "3"]), show_choices=False
        )
        progress.know(name, int(answer) == question.right)
    skip = [name for name in earlier if progress.is_known(name)]
    practise = [name for name in earlier if name not in skip]
    console.print()
    if skip:
        line(console, f"You can skip {', '.join(skip)}.")
    if practise:
        line(console, f"Practise {', '.join(practise)} first.")
    console.print()
    progress.forget_last()
