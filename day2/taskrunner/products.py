import time

from taskrunner.celery import app


@app.task
def mul(x, y):
    time.sleep(1)
    return x * y
