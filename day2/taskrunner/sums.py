import time

from taskrunner.celery import app


@app.task
def add(x, y):
    time.sleep(1)
    return x + y


@app.task
def sub(x, y):
    time.sleep(1)
    return x - y
