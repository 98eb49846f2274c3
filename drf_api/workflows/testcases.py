"""The testcases: which tasks each runs, in which order, and what they need."""

from django.core.exceptions import ImproperlyConfigured

from workflows import tasks  # noqa: F401, which fills OPERATIONS
from workflows.operations import OPERATIONS, STRONGEST

TESTCASES = {
    "ESG-TC01": ["div", "mul", "add", "sub"],
    "ESG-TC02": ["div", "mul"],
    "ESG-TC03": ["add", "sub"],
}
LARGEST = 10**15  # beyond it, a float no longer holds every whole number


def check(testcases: dict[str, list[str]]) -> None:
    """Raise ImproperlyConfigured for a testcase that could not run."""
    for testcase, steps in testcases.items():
        if not steps or len(set(steps)) < len(steps):
            raise ImproperlyConfigured(f"{testcase} needs steps, each of them once.")
        for step in steps:
            if step not in OPERATIONS:
                raise ImproperlyConfigured(
                    f"{testcase} has the step {step!r}, which is no task of "
                    f"workflows/tasks.py. Its tasks are {', '.join(OPERATIONS)}."
                )


check(TESTCASES)


def example(testcase: str) -> dict[str, list[float]]:
    """Return data with which the testcase can be run."""
    first, *later = TESTCASES[testcase]
    return {
        first: list(OPERATIONS[first].example),
        **{step: list(OPERATIONS[step].example[1:]) for step in later},
    }


def numbers_needed(testcase: str) -> dict[str, int]:
    """Return how many numbers each step needs.

    The first needs all; a later one starts from the result of the one before it.
    """
    return {step: len(numbers) for step, numbers in example(testcase).items()}


def enclosed(steps: list[str]) -> list[bool]:
    """Return for each step whether what stands before it needs parentheses.

    The steps are computed from left to right, so "4 + 2 ^ 2" must be "(4 + 2) ^ 2".
    """
    found, weakest = [], None
    for step in steps:
        level = OPERATIONS[step].level
        encloses = weakest is not None and (weakest < level or level == STRONGEST)
        found.append(encloses)
        weakest = level if encloses or weakest is None else min(weakest, level)
    return found


def expression(job_data: dict[str, list[float]], steps: list[str]) -> str:
    """Return what is computed, as one writes it: "(4 + 2) ^ 2"."""
    text = ""
    for step, encloses in zip(steps, enclosed(steps), strict=True):
        before = [f"({text})" if encloses else text] if text else []
        sign = OPERATIONS[step].sign
        text = f" {sign} ".join([*before, *map(str, job_data[step])])
    return text


def mistakes(testcase: str, job_data: object) -> dict[str, str]:
    """Return what is wrong with the data, by step; empty when all is well."""
    needed = numbers_needed(testcase)
    if not isinstance(job_data, dict):
        return {"non_field_errors": "An object with a list of numbers for each step."}
    wrong = {
        str(name): f"{testcase} has no such step."
        for name in job_data
        if name not in needed
    }
    for step, count in needed.items():
        numbers = job_data.get(step)
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
