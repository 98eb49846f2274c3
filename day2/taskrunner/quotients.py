import time

from taskrunner.celery import app


@app.task
def div(x: float, y: float) -> float:
    time.sleep(1)
    return x / y
