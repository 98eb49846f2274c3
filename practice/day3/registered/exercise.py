"""List the tasks of an app.

A page lists the store's tasks. The client imports the app, but not the modules in the
app's `include` list. Complete task_names(): return the sorted names of the app's own
tasks. The names of Celery's own tasks begin with "celery.".
"""

from celery import Celery

app = Celery(
    "store",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["store.jobs"],
)


@app.task
def open_store() -> str:
    return "open"


def task_names() -> list[str]:
    return []  # your code here
