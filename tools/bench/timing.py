"""Functions shared by the commands of `make bench`."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from django.db import connection


@contextmanager
def scratch_database() -> Iterator[None]:
    """Use an empty database of the configured kind during a `with` block."""
    settings = connection.settings_dict
    name = settings["NAME"]
    with TemporaryDirectory() as folder:
        # Django's test database for SQLite is in memory by default. Use a file instead.
        if connection.vendor == "sqlite":
            settings["TEST"]["NAME"] = f"{folder}/bench.sqlite3"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def size(text: str) -> int:
    """Convert a command line option to a whole number of at least 1."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def row(number: int, ours: float, other: float) -> str:
    """Return a line of a table with two times, given in seconds, and their ratio."""
    ratio = other / ours
    return f"{number:6} {1000 * ours:9.1f} ms {1000 * other:9.1f} ms {ratio:6.0f}x"


def seconds(function: Callable[[], object], rounds: int = 1) -> float:
    """Return the median duration of `rounds` calls in seconds."""
    times = []
    for _ in range(rounds):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return median(times)
