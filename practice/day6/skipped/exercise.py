"""The steps that never ran.

states(ids) gets the ids of a chain's steps in order, and returns what Celery says of
each. If a step fails, Celery says FAILURE for the steps after it as well, though
they never ran. Repair states(): return "SKIPPED" for each step after a step that
failed. The other states stay as they are.
"""

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
        raise ValueError(f"{rows} rows are too many")
    return rows


@app.task
def store_rows(rows: int) -> str:
    return f"stored {rows}"


def states(ids: list[str]) -> list[str]:
    return [app.AsyncResult(id).state for id in ids]
