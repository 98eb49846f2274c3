"""Tell the office about every failure.

The office wants to know each task that fails for good: office.note(task=...,
error=...), with the task's name and the error's text. Complete the class OfficeTask,
once for all tasks. A try that is retried has not failed for good.
"""

from celery import Celery, Task

import office

app = Celery(
    "imports", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


class OfficeTask(Task):
    pass  # your code here


@app.task(base=OfficeTask, name="read-file")
def read_file(name: str) -> str:
    if not name.endswith(".csv"):
        raise ValueError(f"{name} is no table")
    return f"read {name}"


@app.task(
    base=OfficeTask,
    name="fetch-file",
    autoretry_for=(ConnectionError,),
    max_retries=2,
    default_retry_delay=0,
)
def fetch_file(name: str) -> str:
    raise ConnectionError(f"no answer about {name}")
