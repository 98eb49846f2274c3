"""The command `sprout practice`."""

import os
import sys

import click
from rich.console import Console

from sprout import SproutError
from sprout.environment import clean
from sprout.practice.exercises import Exercise, all_exercises, find
from sprout.practice.progress import Progress
from sprout.practice.verdict import Kind

CODES = {Kind.RIGHT: 0, Kind.WRONG: 1, Kind.NOT_ATTEMPTED: 1, Kind.BROKEN: 2}


class Broken(click.ClickException):
    """The exercise cannot be checked."""

    exit_code = CODES[Kind.BROKEN]


class Practice(click.Command):
    """A command that exits with 2 after a SproutError, because 1 means "wrong"."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SproutError as error:
            raise Broken(str(error)) from None


@click.command(cls=Practice)
@click.argument("name", required=False, metavar="[EXERCISE]")
@click.option("--list", "only_list", is_flag=True, help="List the exercises and exit.")
@click.option(
    "--from", "day", metavar="DAY", help="Test what you know, then start at this day."
)
@click.option("--once", is_flag=True, help="Check once, without keys, and exit.")
@click.option("--hint", is_flag=True, help="Show the next hint and exit.")
@click.option("--solution", is_flag=True, help="Show the solution and exit.")
@click.option("--reset", is_flag=True, help="Restore the named exercise and exit.")
def practice(
    name: str | None,
    only_list: bool,
    day: str | None,
    once: bool,
    hint: bool,
    solution: bool,
    reset: bool,
) -> None:
    """Write and repair Celery programs that check themselves.

    EXERCISE is a name from --list, such as day0/send. The default is the exercise that
    you opened last or, if you solved that exercise, the first unsolved exercise. Each
    time you save your file, the command checks it with its own broker and worker.

    With --once, the exit code is 0 if the answer is right, and 1 if it is not. The exit
    code is 2 if the set-up is broken or the command is misused.
    """
    # Import the runner here, because the other commands of sprout do not use it.
    from sprout.practice.judge import Judge
    from sprout.practice.self_test import begin_at
    from sprout.practice.session import Session, watch
    from sprout.practice.show import show_list

    if reset and not name:
        raise click.UsageError("Name the exercise to reset, such as day0/send.")
    console = Console(highlight=False)
    progress = Progress()
    if only_list:
        show_list(all_exercises(), progress, console)
        return
    if day:
        begin_at(day, progress, console)
    exercise = find(name) if name else first(progress)
    clean(os.environ)
    if hint or solution or reset:
        session = Session(exercise, Judge(), progress, Console(quiet=True))
        session.console = console
        session.press("h" if hint else "o" if solution else "x")
        return
    with Judge() as judge:
        session = Session(exercise, judge, progress, console)
        if once:
            sys.exit(CODES[session.check().kind])
        watch(session)


def first(progress: Progress) -> Exercise:
    """Return the last opened exercise if it is unsolved, or the first unsolved one.

    Skips the days that the reader knows. Raises SproutError if no exercise is left.
    """
    open_ones = [each for each in all_exercises() if not progress.is_solved(each)]
    for exercise in open_ones:
        if exercise.name == progress.last():
            return exercise
    for exercise in open_ones:
        if not progress.is_known(exercise.day):
            return exercise
    raise SproutError(
        "All exercises are solved or skipped. To open an exercise again, give its name."
    )
