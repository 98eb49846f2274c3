"""Database faults: a locked, slow or crashed database."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import psutil
import psycopg

from tools.faults.fault import fault
from tools.faults.load import PATIENCE, Asked, Client
from tools.faults.stack import Stack
from tools.processes import main_process
from tools.waiting import until

RESULTS = "django_celery_results_taskresult"
TABLES = (
    f"auth_user, {RESULTS}, outbox_message, people_batch, workflows_run, workflows_step"
)


@contextmanager
def locked(stack: Stack, tables: str = TABLES) -> Iterator[None]:
    """Lock SQLite against writes, or tables of PostgreSQL against all use."""
    if stack.database == "postgresql":
        with psycopg.connect(stack.postgresql.url) as connection:
            connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()
        return
    path = stack.folder / "db.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def refused(stack: Stack) -> Asked:
    """Start runs until a request is refused, and return the response."""

    def ask() -> Asked | None:
        asked = Client(stack.site).run()
        return asked if asked.code == 503 else None

    return until(ask, 30, "a request is refused")


@fault(
    "the database is locked for 25 seconds",
    "clients get 503 before the lock is released, and results are stored later",
    refused=True,
)
def lock_database(stack: Stack) -> str:
    with locked(stack):
        end = time.monotonic() + 25
        asked = refused(stack)
        rest = end - time.monotonic()
        assert rest > 0, f"503 after {asked.seconds:.1f} s"
        time.sleep(rest)
    return f"a request received 503 after {asked.seconds:.1f} s"


@fault(
    "the result table is locked for 15 seconds",
    "requests that read results get 503, new runs are accepted, other pages work, and "
    "tasks store their results later",
    kinds=("rabbitmq",),  # SQLite can lock only the whole database.
    refused=True,
)
def lock_results(stack: Stack) -> str:
    """Lock the table for longer than the lock timeout of every process."""
    client, before = Client(stack.site), len(stack.log("worker"))
    with locked(stack, RESULTS):
        end = time.monotonic() + 15
        begin = time.monotonic()
        code, _ = client.call("/api/runs/")
        waited = time.monotonic() - begin
        assert code == 503, f"GET /api/runs/ returned {code}"
        started = client.run()
        assert started.code == 202, f"{started.code}:\n{stack.log('web')[-3000:]}"
        client.browser.open(f"{stack.site}/people/", timeout=PATIENCE).close()
        rest = end - time.monotonic()
        assert rest > 0, f"503 after {waited:.1f} s, 202 after {started.seconds:.1f} s"
        time.sleep(rest)
    retried = "Failed operation _store_result" in stack.log("worker")[before:]
    assert retried, "no worker retried to store a result"
    return (
        f"the list of runs returned 503 after {waited:.1f} s, "
        f"and a new run returned 202 after {started.seconds:.1f} s"
    )


@fault(
    "for 20 seconds, the database is paused nine tenths of the time",
    "clients wait longer for responses, but never get 503",
    kinds=("rabbitmq",),
)
def slow_database(stack: Stack) -> None:
    """Suspend and resume the database. Statements wait up to half a second."""
    main = main_process(stack.postgresql._server)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        servers = [main, *main.children()]
        try:
            signal_all(servers, signal.SIGSTOP)
            time.sleep(0.45)
        finally:
            signal_all(servers, signal.SIGCONT)
        time.sleep(0.05)


def signal_all(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


@fault(
    "the database crashes and is restarted after half a minute",
    "clients get 503, and results are stored later",
    kinds=("rabbitmq",),
    refused=True,
)
def crash_database(stack: Stack) -> None:
    server = stack.postgresql._server
    # PostgreSQL's "immediate" shutdown resembles a crash.
    main_process(server).send_signal(signal.SIGQUIT)
    server.wait(30)
    server.stop()
    try:
        refused(stack)
        time.sleep(30)  # longer than a worker retries storing a result
    finally:
        server.start()
    stack.wait_until_ready()
