"""Reject invalid tasks, testcases and numbers with a descriptive message."""

import inspect
import math
from collections.abc import Callable, Collection

from django.core.exceptions import ImproperlyConfigured

LARGEST = 10**15  # a float cannot represent every larger integer


def operation(function: Callable, sign: str, example: tuple, known: Collection) -> None:
    """Raise ImproperlyConfigured if an entry of workflows/tasks.py is invalid."""
    name = function.__name__
    entry = f"@operation({sign!r}, example={example!r}) above {name}"
    if name in known:
        raise ImproperlyConfigured(f"{entry}: a task {name} already exists.")
    if len(name) > 20:
        raise ImproperlyConfigured(f"{entry}: use a name of at most 20 characters.")
    if not isinstance(sign, str) or not 1 <= len(sign) <= 3:
        raise ImproperlyConfigured(f"{entry}: use a sign of 1 to 3 characters.")
    if not isinstance(example, tuple) or not example:
        raise ImproperlyConfigured(f"{entry}: use a tuple of numbers as the example.")
    takes = len(inspect.signature(function).parameters)
    if takes != len(example):
        raise ImproperlyConfigured(
            f"{entry}: {name} takes {takes} numbers, and the example has "
            f"{len(example)}. Both numbers must be equal."
        )
    try:
        finite(function(*example))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{entry}: {name}{example} raised {type(error).__name__}: {error}."
        ) from error


def finite(number: float) -> float:
    """Return a number. Raises OverflowError for infinity and NaN, which JSON lacks."""
    if not math.isfinite(number):
        raise OverflowError("the result is too large")
    return number


def testcases(testcases: dict[str, list[str]], known: Collection[str]) -> None:
    """Raise ImproperlyConfigured if a testcase is invalid."""
    for testcase, steps in testcases.items():
        if not steps or len(set(steps)) < len(steps):
            raise ImproperlyConfigured(
                f"{testcase} needs at least one step, and must not repeat a step."
            )
        for step in steps:
            if step not in known:
                raise ImproperlyConfigured(
                    f"{testcase} has the step {step!r}, which is not a task of "
                    f"workflows/tasks.py. The tasks are {', '.join(known)}."
                )


def job_data(testcase: str, needed: dict[str, int], data: object) -> dict[str, str]:
    """Return a dict that maps each invalid step to its error, or an empty dict."""
    if not isinstance(data, dict):
        return {"non_field_errors": "Send an object that maps each step to a list."}
    wrong = {
        str(name): f"{testcase} has no such step."
        for name in data
        if name not in needed
    }
    for step, count in needed.items():
        numbers = data.get(step)
        if not (
            isinstance(numbers, list)
            and len(numbers) == count
            and all(is_number(number) for number in numbers)
        ):
            words = {1: "one number", 2: "two numbers"}.get(count, f"{count} numbers")
            wrong[step] = f"Send a list of {words}, each from -1e15 to 1e15."
    return wrong


def is_number(value: object) -> bool:
    """Return whether a value is a number within the limits. A bool is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST <= value <= LARGEST
