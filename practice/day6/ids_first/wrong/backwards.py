"""The ids are not in the order of the steps."""

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
        read_file.s(name).set(task_id=ids[0]),
        check_rows.s().set(task_id=ids[1]),
        store_rows.s().set(task_id=ids[2]),
    ).apply_async()
    return ids[::-1]
