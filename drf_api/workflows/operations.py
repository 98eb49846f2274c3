"""What a step can do. `@operation` above a function is all that a new task needs."""

import inspect
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from delivery.task import DeliveredTask

OPERATIONS: dict[str, "Operation"] = {}
# How strongly a sign binds, as everybody learns it at school; any other binds most.
LEVELS = {"+": 1, "\N{MINUS SIGN}": 1, "\N{MULTIPLICATION SIGN}": 2, "/": 2}
STRONGEST = 3


class StepTask(DeliveredTask):
    """A task that claims its step, and leaves cancelled and finished ones alone."""

    row = "workflows.Step"


@dataclass(frozen=True)
class Operation:
    """A task with its sign, and with numbers to try it with."""

    task: Any
    sign: str
    example: tuple[float, ...]

    @property
    def level(self) -> int:
        """How strongly the sign binds."""
        return LEVELS.get(self.sign, STRONGEST)


def operation(sign: str, example: tuple[float, ...]) -> Callable:
    """Make a task of a function of numbers: `@operation("+", example=(4, 6))`.

    The example has as many numbers as the function takes. Raises ImproperlyConfigured
    for an entry that could not work.
    """

    def register(function: Callable[..., float]) -> Any:
        name = function.__name__
        check(name, function, sign, example)

        @shared_task(base=StepTask, name=f"{function.__module__}.{name}")
        @wraps(function)
        def task(*numbers):
            time.sleep(settings.STEP_SECONDS)  # stands in for work
            return finite(function(*numbers))

        OPERATIONS[name] = Operation(task, sign, example)
        return task

    return register


def check(name: str, function: Callable, sign: str, example: tuple) -> None:
    """Raise ImproperlyConfigured if an entry is broken, saying how."""
    entry = f"@operation({sign!r}, example={example!r}) above {name}"
    if name in OPERATIONS:
        raise ImproperlyConfigured(f"{entry}: there is a task {name} already.")
    if len(name) > 20:
        raise ImproperlyConfigured(f"{entry}: a name has 20 characters at most.")
    if not isinstance(sign, str) or not 1 <= len(sign) <= 3:
        raise ImproperlyConfigured(f"{entry}: the sign is 1 to 3 characters.")
    if not isinstance(example, tuple) or not example:
        raise ImproperlyConfigured(f"{entry}: the example is a tuple of numbers.")
    takes = len(inspect.signature(function).parameters)
    if takes != len(example):
        raise ImproperlyConfigured(
            f"{entry}: {name} takes {takes} numbers, and the example has "
            f"{len(example)}. Give as many."
        )
    try:
        finite(function(*example))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{entry}: {name}{example} raised {type(error).__name__}: {error}."
        ) from error


def finite(number: float) -> float:
    """Return the number, or raise OverflowError: JSON has no word for infinity."""
    if not math.isfinite(number):
        raise OverflowError("the result is too large")
    return number
