"""The testcases: which tasks each runs, in which order, and what they need."""

TESTCASES = {
    "ESG-TC01": ["div", "mul", "add", "sub"],
    "ESG-TC02": ["div", "mul"],
    "ESG-TC03": ["add", "sub"],
}
SIGNS = {
    "add": "+",
    "sub": "\N{MINUS SIGN}",
    "mul": "\N{MULTIPLICATION SIGN}",
    "div": "/",
}
LARGEST = 10**15  # beyond it, a float no longer holds every whole number


def example(testcase: str) -> dict[str, list[int]]:
    """Return data with which the testcase can be run."""
    first, *later = TESTCASES[testcase]
    one = {"mul": [3], "add": [6], "sub": [2]}
    return {first: [4, 2], **{step: one[step] for step in later}}


def numbers_needed(testcase: str) -> dict[str, int]:
    """Return how many numbers each step needs.

    The first needs two; a later one starts from the result of the one before it.
    """
    steps = TESTCASES[testcase]
    return {step: 1 if position else 2 for position, step in enumerate(steps)}


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
            words = "two numbers" if count == 2 else "one number"
            wrong[step] = f"A list of {words}, each from -1e15 to 1e15."
    return wrong


def is_number(value: object) -> bool:
    """Say whether it is a number that a step can take: no bool, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -LARGEST <= value <= LARGEST
