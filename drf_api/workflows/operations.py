"""The operations of steps. To add a task, decorate a function with `@operation`."""

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
    """A task that claims its step, and does not run a cancelled or finished step."""

    row = "workflows.Step"


@dataclass(frozen=True)
class Operation:
    """A task with the sign and example numbers of its operation."""

    task: Any
    sign: str
    example: tuple[float, ...]


def operation(sign: str, example: tuple[float, ...]) -> Callable:
    """Turn a function into a Celery task: `@operation("+", example=(4, 6))`.

    The example contains a number for each parameter. Raises ImproperlyConfigured if an
    argument is invalid.
    """

    def register(function: Callable[..., float]) -> Any:
        checks.operation(function, sign, example, OPERATIONS)

        @shared_task(base=StepTask)
        @wraps(function)
        def task(*numbers):
            time.sleep(settings.STEP_SECONDS)  # simulates work
            return checks.finite(function(*numbers))

        OPERATIONS[function.__name__] = Operation(task, sign, example)
        return task

    return register
