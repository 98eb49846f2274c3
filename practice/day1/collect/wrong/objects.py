"""The errors are not strings."""

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
    for result in results:
        value = result.get(propagate=False)
        if result.failed():
            outcome["errors"].append(value)
        else:
            outcome["files"].append(value)
    return outcome
