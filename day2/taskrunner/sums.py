import time

from taskrunner.celery import app


@app.task
def add(x: float, y: float) -> float:
    time.sleep(1)
    return x + y


@app.task
def sub(x: float, y: float) -> float:
    time.sleep(1)
    return x - y
