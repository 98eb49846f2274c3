"""The tour: run every day on a real broker and a real worker, and check the output.

>>> visits = take([find("day0")], Console())
>>> [(len(visit.spans), visit.faults) for visit in visits]
[(2, [])]
"""

import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from sprout import SproutError, timeline
from sprout.broker import Broker
from sprout.days import Day
from sprout.process import Process
from sprout.recorder import Recorder
from sprout.spans import Span
from sprout.worker import COMMAND, Worker

NEXT = """\
Next: run day 0 in three terminals. See "Run a day by hand" in README.md.
To see what day 4 adds to day 3, run: diff -r -x __pycache__ day3 day4"""

LEGEND = f"""\
Each row of a timeline is a task, and time runs from left to right:
{timeline.LEGEND}"""

# Make the client's output the same in every terminal. The tour decodes UTF-8.
PLAIN = {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "TTY_COMPATIBLE": "0"}


class TourError(SproutError):
    """A day could not be completed."""


@dataclass(frozen=True)
class Visit:
    """The outcome of a day.

    `seconds` is the duration of the client. `faults` lists differences from the lesson.
    """

    day: Day
    spans: Sequence[Span]
    seconds: float
    faults: Sequence[str]


def take(days: Sequence[Day], console: Console, deadline: float = 60.0) -> list[Visit]:
    """Run the days one after another, show them on the console, and return the visits.

    Each day has its own broker database, so that the next day's worker can start while
    a client is still running. `deadline` is the time limit of a client in seconds.

    Raises SproutError if a folder is read-only, or if a process fails.
    """
    for day in days:
        if not os.access(day.folder, os.W_OK):
            raise SproutError(
                f"{day.folder} is read-only, but some days save a file in their "
                "folder. Copy Sprout to a writable folder."
            )
    visits = []
    with ExitStack() as stack:
        with console.status("Starting a broker"):
            broker = stack.enter_context(Broker())
        console.print(f"{LEGEND}\n", markup=False, highlight=False, soft_wrap=True)
        workers = [
            Worker(day.folder, broker.url(number)) for number, day in enumerate(days)
        ]
        for worker in workers:
            stack.callback(worker.stop)
        workers[0].begin()
        for number, (day, worker) in enumerate(zip(days, workers, strict=True)):
            console.rule(f"[bold]{day.name}[/]  {day.idea}", align="left")
            with console.status("The worker starts"):
                worker.wait_until_ready()
            show_command(console, " ".join(COMMAND))
            with Recorder(broker.url(number)) as recorder:
                recorder.watch()
                if number + 1 < len(workers):
                    workers[number + 1].begin()
                visits.append(visit(day, broker, worker, recorder, console, deadline))
            worker.end()
            # Delete the saved ids, which are useless after the tour's broker stops.
            (day.folder / "runs.json").unlink(missing_ok=True)
    return visits


def visit(
    day: Day,
    broker: Broker,
    worker: Worker,
    recorder: Recorder,
    console: Console,
    deadline: float,
) -> Visit:
    """Run the client of a day, and show its output and the timeline."""
    show_command(console, "python client.py")
    began = time.monotonic()
    printed = run_client(day, broker, worker, console, deadline)
    seconds = time.monotonic() - began
    spans = recorder.finish(day.tasks)
    logged = day.find_logged(worker.log())
    if logged:
        console.print("  the worker's log:")
    for line in logged:
        console.print("    " + line, markup=False, soft_wrap=True)
    console.print(f"\n  {day.look}\n", highlight=False)
    console.print(timeline.text(spans, console.width), soft_wrap=True)
    faults = [f"did not print: {line}" for line in day.missing(printed)]
    if len(logged) < len(day.logged):
        faults.append("did not log all expected lines")
    if len(spans) != day.tasks:
        faults.append(f"ran {len(spans)} tasks, not {day.tasks}")
    for fault in faults:
        words = f"  {day.name} {fault}"
        console.print(words, style="bold red", markup=False, soft_wrap=True)
    return Visit(day, spans, seconds, faults)


def run_client(
    day: Day, broker: Broker, worker: Worker, console: Console, deadline: float
) -> list[str]:
    """Run client.py as the reader does. Show the output and return its lines.

    Raises SproutError if the client fails, if it does not end within `deadline`
    seconds, or if the broker or the worker stops.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    printed: list[str] = []
    began = time.monotonic()

    def read() -> None:
        for line in client.lines():
            lines.put(line)
        lines.put(None)

    def check() -> None:
        if not broker.running:
            raise TourError(f"The broker stopped while {day.name} ran.")
        if not worker.running:
            raise worker.trouble("The worker stopped.")
        if time.monotonic() - began > deadline:
            what = f"{day.name}'s client did not end within {deadline:.0f} s."
            raise worker.trouble(what)

    command = ["python", "-u", "client.py"]
    env = {**worker.urls, **PLAIN}
    with (
        Process(command, cwd=day.folder, env=env, piped=True) as client,
        console.status("") as status,
    ):
        threading.Thread(target=read, daemon=True).start()
        while True:
            check()
            status.update(f"The client is running, {time.monotonic() - began:.0f} s")
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line is None:
                break
            printed.append(line)
            console.print("    " + line, markup=False, soft_wrap=True)
        while client.running:  # The client can close its output and keep running.
            check()
            time.sleep(0.02)
        code = client.wait()
    check()
    if code:
        what = f"{day.name}'s client failed. See the last line above."
        raise worker.trouble(what)
    return printed


def show_command(console: Console, command: str) -> None:
    """Print a shell command with its prompt."""
    console.print(f"  [dim]$[/] [bold]{command}[/]", highlight=False)


def summary(visits: Sequence[Visit]) -> Table:
    """Return the table of the days: idea, tasks, seconds and result."""
    table = Table(box=None, pad_edge=False)
    for heading in ("day", "idea"):
        table.add_column(heading)
    for heading in ("tasks", "seconds"):
        table.add_column(heading, justify="right")
    table.add_column("result")
    for visit in visits:
        table.add_row(
            visit.day.name,
            visit.day.idea,
            str(len(visit.spans)),
            f"{visit.seconds:.1f}",
            "[red]✗ differs from the lesson[/]" if visit.faults else "[green]✓[/]",
        )
    return table
