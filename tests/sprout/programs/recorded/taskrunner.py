"""Tasks for the tests of the recorder."""

import time
from pathlib import Path

from celery import Celery

app = Celery("taskrunner")


@app.task
def add(x, y, scale=1):
    time.sleep(0.2)
    return scale * (x + y)


@app.task
def div(x, y):
    return x / y


@app.task(bind=True, max_retries=2)
def unsteady(self):
    time.sleep(0.1)
    if self.request.retries < 2:
        raise self.retry(countdown=0.3)
    return "steady"


@app.task(time_limit=1)
def too_slow():
    time.sleep(60)


@app.task
def wait_for_file(path):
    while not Path(path).exists():
        time.sleep(0.02)
