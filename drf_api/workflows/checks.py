"""Refuse a task, a testcase or numbers that could not run, with a sentence."""

import inspect
import math
from collections.abc import Callable, Collection

from django.core.exceptions import ImproperlyConfigured

LARGEST = 10**15  # beyond it, a float no longer holds every whole number


def operation(function: Callable, sign: str, example: tuple, known: Collection) -> None:
    """Raise ImproperlyConfigured if an entry of workflows/tasks.py is broken."""
    name = function.__name__
    entry = f"@operation({sign!r}, example={example!r}) above {name}"
    if name in known:
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


def testcases(testcases: dict[str, list[str]], known: Collection[str]) -> None:
    """Raise ImproperlyConfigured for a testcase that could not run."""
    for testcase, steps in testcases.items():
        if not steps or len(set(steps)) < len(steps):
            raise ImproperlyConfigured(f"{testcase} needs steps, each of them once.")
        for step in steps:
            if step not in known:
                raise ImproperlyConfigured(
                    f"{testcase} has the step {step!r}, which is no task of "
                    f"workflows/tasks.py. Its tasks are {', '.join(known)}."
                )


def job_data(testcase: str, needed: dict[str, int], data: object) -> dict[str, str]:
    """Return the errors in the numbers of a run, by step. Empty if there are none."""
    if not isinstance(data, dict):
        return {"non_field_errors": "An object with a list of numbers for each step."}
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
            wrong[step] = f"A list of {words}, each from -1e15 to 1e15."
    return wrong


def is_number(value: object) -> bool:
    """Return whether a step can take a value: no bool, no NaN and no infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST <= value <= LARGEST
