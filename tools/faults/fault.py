"""What a fault is, and the list of all of them, which faults.py fills."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.faults.stack import Stack

# Breaks one thing, and returns when that is over; what it says it saw is in the table.
Inject = Callable[[Stack], str | None]


@dataclass(frozen=True)
class Fault:
    """A fault and its promise."""

    name: str
    promise: str
    inject: Inject
    kinds: tuple[str, ...] = ("redis", "rabbitmq")  # the stacks that it is made on
    quick: bool = False  # part of the short form
    failures: int = 0  # how many runs may fail, and must say why
    refused: bool = False  # whether requests may be, with 503
    unanswered: bool = False  # whether they may have no answer at all
    within: float = 60  # seconds until all that was asked before it must be over
    again: int | None = None  # what may be begun again, if that is bounded
    resent: int | None = None  # and what of that a broker may have forgotten
    lacks: Callable[[], str] = lambda: ""  # what the machine has not, if anything


FAULTS: list[Fault] = []


def fault(name: str, promise: str, **options):
    """Put a function into the list."""

    def add(inject: Inject) -> Inject:
        FAULTS.append(Fault(name, promise, inject, **options))
        return inject

    return add
