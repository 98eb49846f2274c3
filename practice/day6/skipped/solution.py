"""Celery stores the error for all later steps. After a failure, no step runs."""

from celery import Celery

app = Celery(
    "imports", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def read_file(name: str) -> int:
    return len(name)


@app.task
def check_rows(rows: int) -> int:
    if rows > 20:
        raise ValueError(f"too many rows: {rows}")
    return rows


@app.task
def store_rows(rows: int) -> str:
    return f"stored {rows}"


def states(ids: list[str]) -> list[str]:
    found = []
    failed = False
    for id in ids:
        found.append("SKIPPED" if failed else app.AsyncResult(id).state)
        failed = failed or found[-1] == "FAILURE"
    return found
