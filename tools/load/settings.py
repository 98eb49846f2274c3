"""Measure the burst with one setting changed at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sprout.process import Process
from tools.faults.stack import Stack
from tools.load.measure import burst, say
from tools.load.sites import PROGRAMS, Site, application, original
from tools.processes import main_process
from tools.servers.postgresql import PostgreSQL
from tools.waiting import until

# The label of each setting, the changed program, and its changed options.
SETTINGS = [
    ("default", "", {}),
    ("worker: `-c 1`, instead of 2", "worker", {"-c": "1"}),
    ("worker: `-c 4`", "worker", {"-c": "4"}),
    ("worker: `--prefetch-multiplier 4`", "worker", {"--prefetch-multiplier": "4"}),
    ("web: `--workers 1`, instead of 2", "web", {"--workers": "1"}),
    ("web: `--workers 4`", "web", {"--workers": "4"}),
]
NO_EVENTS = "worker: without `-E`; no camera, no Flower"
TUTORIAL = "the tutorial application"
# Settings for steps that wait 0.1 s, as for a response from another server.
WAITING = [
    ("worker: `-c 2`", "worker", {"-c": "2"}),
    ("worker: `-c 8`", "worker", {"-c": "8"}),
    ("worker: `-P threads -c 8`", "worker", {"-P": "threads", "-c": "8"}),
]


@contextmanager
def changed(stack: Stack, program: str, options: dict, **env: str) -> Iterator[dict]:
    """Run a program of supervisord.conf with other options during a `with` block.

    options: each option with its new value, or with None to remove the option.

    Yields a dict that maps the program to its new process, or an empty dict if
    `program` is empty.
    """
    if not program:
        yield {}
        return
    process = stack.process(program)
    command, folder = process.cmdline(), Path(process.cwd())
    for option, value in options.items():
        place = command.index(option) if option in command else len(command)
        if value is None:
            del command[place]
        else:
            command[place : place + 2] = [option, value]
    stack.supervisor.stopProcess(program)
    try:
        with Process(command, cwd=folder, env={**stack.env, **env}, grace=20) as own:
            until(lambda: "ready." in own.log() or "Booting" in own.log(), 60)
            stack.wait_until_ready()
            yield {program: main_process(own)}
    finally:
        stack.supervisor.startProcess(program)
        stack.wait_until_ready()


@contextmanager
def stopped(stack: Stack, *programs: str) -> Iterator[None]:
    """Stop programs of supervisord.conf during a `with` block."""
    for program in programs:
        stack.supervisor.stopProcess(program)
    try:
        yield
    finally:
        for program in programs:
            stack.supervisor.startProcess(program)


class RedisWithPostgreSQL(Stack):
    """The application with Redis as the broker and PostgreSQL as the database."""

    def __init__(self, **env: str) -> None:
        super().__init__("redis", **env)
        self.database = "postgresql"

    def __enter__(self) -> "RedisWithPostgreSQL":
        self.postgresql = self._blocks.enter_context(PostgreSQL())
        self.env["DATABASE_URL"] = self.postgresql.url
        return super().__enter__()


def settings(stack: Stack, count: int) -> dict[str, list[dict]]:
    """Measure a burst with each setting, and a burst of the tutorial application."""

    def row(name: str, site: AbstractContextManager[Site]) -> dict:
        say(f"settings: {name}")
        with site as running:
            return {"setting": name, **burst(running, count)}

    rows, waiting = [], []
    for name, program, options in SETTINGS:
        with changed(stack, program, options) as instead:
            rows.append(row(name, application(stack, **instead)))
    with (
        changed(stack, "worker", {"-E": None}) as instead,
        stopped(stack, "camera", "flower"),
    ):
        programs = [name for name in PROGRAMS if name not in ("camera", "flower")]
        rows.append(row(NO_EVENTS, application(stack, programs, **instead)))
    for name, program, options in WAITING:
        with changed(stack, program, options, STEP_SECONDS="0.1") as instead:
            waiting.append(row(name, application(stack, **instead)))
    with RedisWithPostgreSQL(STEP_SECONDS="0") as other:
        rows.append(row("PostgreSQL, instead of SQLite", application(other)))
    with Stack("rabbitmq", STEP_SECONDS="0") as rabbitmq:
        rows.append(row("RabbitMQ and PostgreSQL", application(rabbitmq)))
    rows.append(row(TUTORIAL, original()))
    return {"no wait": rows, "0.1 s": waiting}
