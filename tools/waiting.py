"""Wait for other processes, and reserve ports without a server."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Answer = TypeVar("Answer")


def until(
    condition: Callable[[], Answer | None],
    seconds: float = 60.0,
    what: str = "the condition",
) -> Answer:
    """Poll a condition and return its first true value.

    Raises AssertionError with `what` after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.03)
    return answer


@contextmanager
def dead_port() -> Iterator[int]:
    """Reserve a port during a `with` block without listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
