"""Collect results and errors.

run_all(numbers) sends one task for each invoice and waits for all tasks. Some tasks
fail. Complete run_all() so that it returns a dict with two lists: "files" with the
files of the tasks that succeeded, and "errors" with the error messages of the tasks
that failed. Both lists must be in the order of the numbers.
"""

from celery import Celery

app = Celery(
    "invoices", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def render(number: int) -> str:
    if number < 0:
        raise ValueError(f"no invoice {number}")
    return f"invoice-{number}.pdf"


def run_all(numbers: list[int]) -> dict[str, list[str]]:
    results = [render.delay(number) for number in numbers]
    outcome: dict[str, list[str]] = {"files": [], "errors": []}
    # your code here
    return outcome
