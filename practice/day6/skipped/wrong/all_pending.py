"""states() reports SKIPPED for a step that can still run."""

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
    found = [app.AsyncResult(id).state for id in ids]
    return ["SKIPPED" if state == "PENDING" else state for state in found]
