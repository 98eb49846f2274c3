"""The tasks of a minimal tutorial application."""

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
