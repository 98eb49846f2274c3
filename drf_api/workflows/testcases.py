"""The testcases, each with its tasks in order."""

import workflows.tasks  # noqa: F401  its decorators fill OPERATIONS
from workflows import checks
from workflows.operations import OPERATIONS

TESTCASES = {
    "ESG-TC01": ["div", "mul", "add", "sub"],
    "ESG-TC02": ["div", "mul"],
    "ESG-TC03": ["add", "sub"],
}
checks.testcases(TESTCASES, OPERATIONS)


def example(testcase: str) -> dict[str, list[float]]:
    """Return example data for a testcase.

    Later steps also receive the previous result, so they need one number fewer.
    """
    first, *later = TESTCASES[testcase]
    return {
        first: list(OPERATIONS[first].example),
        **{step: list(OPERATIONS[step].example[1:]) for step in later},
    }


def numbers_needed(testcase: str) -> dict[str, int]:
    """Return how many numbers each step takes."""
    return {step: len(numbers) for step, numbers in example(testcase).items()}
