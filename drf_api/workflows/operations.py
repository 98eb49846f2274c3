"""What a step can do. `@operation` above a function is all that a new task needs."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from celery import shared_task
from django.conf import settings

from delivery.task import DeliveredTask
from workflows import checks

OPERATIONS: dict[str, "Operation"] = {}


class StepTask(DeliveredTask):
    """A task that claims its step, and leaves cancelled and finished ones alone."""

    row = "workflows.Step"


@dataclass(frozen=True)
class Operation:
    """A task with its sign, and with numbers to try it with."""

    task: Any
    sign: str
    example: tuple[float, ...]


def operation(sign: str, example: tuple[float, ...]) -> Callable:
    """Make a task of a function of numbers: `@operation("+", example=(4, 6))`.

    The example has as many numbers as the function takes. Raises ImproperlyConfigured
    for an entry that could not work.
    """

    def register(function: Callable[..., float]) -> Any:
        checks.operation(function, sign, example, OPERATIONS)
        name = function.__name__

        @shared_task(base=StepTask, name=f"{function.__module__}.{name}")
        @wraps(function)
        def task(*numbers):
            time.sleep(settings.STEP_SECONDS)  # stands in for work
            return checks.finite(function(*numbers))

        OPERATIONS[name] = Operation(task, sign, example)
        return task

    return register
