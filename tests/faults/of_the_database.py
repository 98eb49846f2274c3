"""Faults of the database: locked, or gone for a while."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.faults.fault import fault
from tests.faults.stack import Stack
from tests.processes import main_process


@contextmanager
def locked(stack: Stack) -> Iterator[None]:
    """Keep all others from writing to SQLite."""
    path = stack.folder / "db.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@fault(
    "the database is locked for 25 seconds",
    "requests end with 503, results are written later",
    kinds=("redis",),
)
def lock_database(stack: Stack) -> None:
    with locked(stack):
        time.sleep(25)


@fault(
    "the database crashes and is back after five seconds",
    "requests end with 503, results are written later",
    kinds=("rabbitmq",),
)
def crash_database(stack: Stack) -> None:
    server = stack.postgresql._server
    main_process(server).send_signal(
        signal.SIGQUIT
    )  # PostgreSQL's "immediate": as after a crash
    server.wait(30)
    server.stop()
    time.sleep(5)
    server.start()
    stack.wait_until_ready()
