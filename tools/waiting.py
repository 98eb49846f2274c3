"""Waiting for what other processes do, and ports on which nobody answers."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Answer = TypeVar("Answer")


def until(
    condition: Callable[[], Answer | None],
    seconds: float = 30.0,
    what: str = "it happens",
) -> Answer:
    """Return the condition's first true answer; fail when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.03)
    return answer


@contextmanager
def dead_port() -> Iterator[int]:
    """Hold a port on which nothing listens, so that nothing else can begin to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
