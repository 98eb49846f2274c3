"""The steps did not run with the returned ids."""

from celery import Celery, chain
from celery.utils import uuid

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


def start(name: str) -> list[str]:
    ids = [uuid(), uuid(), uuid()]
    chain(
        read_file.s(name),
        check_rows.s(),
        store_rows.s(),
    ).apply_async()
    return ids
