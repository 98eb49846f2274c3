"""Define a fault, and the list of all faults, which faults.py fills."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.faults.stack import Stack

# Injects the fault, and returns when it has ended; its return value is in the table.
Inject = Callable[[Stack], str | None]


@dataclass(frozen=True)
class Fault:
    """A fault and its promise."""

    name: str
    promise: str
    inject: Inject
    kinds: tuple[str, ...] = ("redis", "rabbitmq")  # the stacks on which it is injected
    quick: bool = False  # part of the suite
    failures: int = 0  # how many runs may fail, with a reason
    refused: bool = False  # whether requests may be refused with 503
    unanswered: bool = False  # whether requests may have no answer
    within: float = 60  # seconds in which all earlier requests must end
    again: int | None = None  # how many tasks may start again, if limited
    resent: int | None = None  # how many of these a broker may have lost
    lacks: Callable[[], str] = lambda: ""  # what the machine lacks, or nothing


FAULTS: list[Fault] = []


def fault(name: str, promise: str, **options):
    """Add a function to the list."""

    def add(inject: Inject) -> Inject:
        FAULTS.append(Fault(name, promise, inject, **options))
        return inject

    return add
