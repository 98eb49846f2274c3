import time

from taskrunner.celery import app


@app.task
def div(x, y):
    time.sleep(1)
    return x / y
