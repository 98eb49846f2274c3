"""A failed task has no note."""

from celery import Celery, Task

import office

app = Celery(
    "imports", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


class OfficeTask(Task):
    def on_error(self, exc, task_id, args, kwargs, einfo):
        office.note(task=self.name, error=str(exc))


@app.task(base=OfficeTask, name="read-file")
def read_file(name: str) -> str:
    if not name.endswith(".csv"):
        raise ValueError(f"{name} is not a CSV file")
    return f"read {name}"


@app.task(
    base=OfficeTask,
    name="fetch-file",
    autoretry_for=(ConnectionError,),
    max_retries=2,
    default_retry_delay=0,
)
def fetch_file(name: str) -> str:
    raise ConnectionError(f"no response for {name}")
