"""Tasks for the tests of the worker."""

import time

from celery import Celery

app = Celery("taskrunner")


@app.task
def add(x, y):
    return x + y


@app.task
def nap(seconds):
    print("napping")
    time.sleep(seconds)
    return "rested"
