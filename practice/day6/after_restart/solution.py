"""An id has no reference to its parent. as_tuple() contains all ids of the chain."""

import json

from celery import Celery, chain
from celery.result import result_from_tuple

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


def start(name: str) -> str:
    result = chain(read_file.s(name), check_rows.s(), store_rows.s()).apply_async()
    return json.dumps(result.as_tuple())


def show(saved: str) -> list[str]:
    result = result_from_tuple(json.loads(saved), app)
    states = []
    while result is not None:
        states.insert(0, result.state)
        result = result.parent
    return states
