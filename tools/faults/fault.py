"""Define faults. The fault modules register their functions in FAULTS."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.faults.stack import Stack

# Injects the fault, waits until it ends, and returns an observation for the table.
Inject = Callable[[Stack], str | None]


@dataclass(frozen=True)
class Fault:
    """A fault and its promise."""

    name: str
    promise: str
    inject: Inject
    kinds: tuple[str, ...] = ("redis", "rabbitmq")  # the stacks that it applies to
    quick: bool = False  # True if the test suite also runs the fault
    failures: int = 0  # limit for Row.failed
    refused: bool = False  # True if requests may be refused with 503
    unanswered: bool = False  # True if requests may get no response
    within: float = 60  # time limit for all earlier requests to end, in seconds
    again: int | None = None  # limit for Row.again, or None for no limit
    resent: int | None = None  # limit for Row.resent, or None for no limit
    lacks: Callable[[], str] = lambda: ""  # missing requirement, or "" if none


FAULTS: list[Fault] = []


def fault(name: str, promise: str, **options):
    """Return a decorator that registers a function as a fault."""

    def add(inject: Inject) -> Inject:
        FAULTS.append(Fault(name, promise, inject, **options))
        return inject

    return add
