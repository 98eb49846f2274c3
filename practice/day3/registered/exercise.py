"""List the tasks of an app.

A page for operators shows which tasks the store has. The client has the app, but it
has not imported the modules that `include` names. Complete task_names(): return the
names of the app's own tasks, sorted. Celery's own tasks have names that begin with
"celery.".
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
