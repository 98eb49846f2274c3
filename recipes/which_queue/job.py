"""The job that every queue runs. `note` writes a step's name and time to a file."""

import os
import time
from pathlib import Path

SEEN = Path(os.environ.get("SEEN", "seen.txt"))
REDIS = os.environ.get("REDIS_URL", "redis://localhost:6379/0")
POSTGRESQL = os.environ.get("POSTGRESQL_URL", "postgres://localhost/postgres")
# If True, the queue recovers a killed worker's tasks as its documentation recommends.
RECOVER = "RECOVER" in os.environ


def note(step: str) -> int:
    """Record the start of a step, and return the number of its starts so far."""
    with SEEN.open("a") as file:
        file.write(f"{step} {time.time()}\n")
    return sum(line.startswith(step) for line in SEEN.read_text().splitlines())


def charge() -> None:
    if note("charge") == 1:
        raise ConnectionError("the bank does not answer")


def report() -> None:
    note("report")


def price(article: int) -> int:
    return article * 10


def add_up(prices: list[int]) -> None:
    note(f"total-{sum(prices)}")


def render() -> None:
    if note("render") == 1:
        time.sleep(600)  # until the worker is killed
