"""The commands of `sprout`."""

import os
import signal
import sys

import click
from rich.console import Console

from sprout import SproutError
from sprout import tour as tours
from sprout.cli import ABORTED, CODE
from sprout.days import DAYS, find
from sprout.doctor.command import doctor
from sprout.environment import clean
from sprout.practice.command import practice


class Commands(click.Group):
    """A group that exits with 1 after a SproutError and with 130 after Ctrl-C."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SproutError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            click.echo(ABORTED, nl=False, err=True)
            ctx.exit(CODE)


@click.group(cls=Commands)
@click.version_option(package_name="sprout")
def commands() -> None:
    """Learn Celery by running it."""
    # On SIGTERM, or SIGHUP from a closed terminal, the command stops its processes
    # before it exits. Under nohup, SIGHUP stays ignored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    # Print a question mark for each unsupported symbol, such as ✓.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@commands.command()
@click.argument("days", nargs=-1, metavar="[DAY]...")
@click.option("--list", "only_list", is_flag=True, help="List the days, and exit.")
def tour(days: tuple[str, ...], only_list: bool) -> None:
    """Run all days, or the named days, on a real broker and a real worker.

    The exit code is 0 if every day printed the expected output.
    """
    console = Console(highlight=False)
    chosen = [find(name) for name in dict.fromkeys(days)] or list(DAYS)
    if only_list:
        for day in chosen:
            console.print(f"{day.name}  {day.idea}", markup=False)
        return
    clean(os.environ)  # The recorder uses a Celery app in this process.
    visits = tours.take(chosen, console)
    console.rule(align="left")
    console.print(tours.summary(visits))
    if any(visit.faults for visit in visits):
        raise SproutError(
            "At least one day differs from its lesson. See the output above."
        )
    console.print(f"\n{tours.NEXT}", markup=False)


commands.add_command(doctor)
commands.add_command(practice)
