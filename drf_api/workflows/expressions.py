"""Write a testcase with its numbers in mathematical notation."""

from workflows.operations import OPERATIONS

# The precedence of the signs. All other signs have the highest precedence.
LEVELS = {"+": 1, "\N{MINUS SIGN}": 1, "\N{MULTIPLICATION SIGN}": 2, "/": 2}
STRONGEST = 3


def enclosed(steps: list[str]) -> list[bool]:
    """Return for each step whether the preceding expression needs parentheses.

    Steps run from left to right, so "4 + 2 ^ 2" must be written as "(4 + 2) ^ 2".
    """
    found, weakest = [], None
    for step in steps:
        level = LEVELS.get(OPERATIONS[step].sign, STRONGEST)
        encloses = weakest is not None and (weakest < level or level == STRONGEST)
        found.append(encloses)
        weakest = level if encloses or weakest is None else min(weakest, level)
    return found


def expression(job_data: dict[str, list[float]], steps: list[str]) -> str:
    """Return an expression of steps and their numbers, such as "(4 + 2) ^ 2"."""
    text = ""
    for step, encloses in zip(steps, enclosed(steps), strict=True):
        before = [f"({text})" if encloses else text] if text else []
        sign = OPERATIONS[step].sign
        text = f" {sign} ".join([*before, *map(str, job_data[step])])
    return text
