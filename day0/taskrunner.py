import time

from celery import Celery

app = Celery(
    "taskrunner",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
)


@app.task
def add(x: float, y: float) -> float:
    time.sleep(5)
    return x + y
