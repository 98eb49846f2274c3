"""The tasks of an application as tutorials have it: Celery's defaults, and a chain."""

from celery import Celery

app = Celery(
    "taskrunner",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/1",
    task_track_started=True,
)


@app.task
def div(x, y):
    return x / y


@app.task
def mul(x, y):
    return x * y
