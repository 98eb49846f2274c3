"""What the commands of `make bench` share."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from django.db import connection


@contextmanager
def scratch_database() -> Iterator[None]:
    """Have the block use an empty database of the same kind, gone at its end."""
    settings = connection.settings_dict
    name = settings["NAME"]
    with TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":  # a file, like the real one, not memory
            settings["TEST"]["NAME"] = f"{folder}/bench.sqlite3"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def size(text: str) -> int:
    """Return the number, at least 1, that somebody typed as an option."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text} is not a number from 1 on")
    return int(text)


def row(number: int, ours: float, other: float) -> str:
    """Return a line of a table: two times in seconds, and how they compare."""
    ratio = other / ours
    return f"{number:6} {1000 * ours:9.1f} ms {1000 * other:9.1f} ms {ratio:6.0f}x"


def seconds(function: Callable[[], object], rounds: int = 1) -> float:
    """Return how long a call takes, in the median of so many."""
    times = []
    for _ in range(rounds):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return median(times)
