"""Eager mode: delay() calls the function, here and now. No broker, no worker.

It is good for a first look, and it hides what makes tasks different from functions.
"""

import os
import time

from lessons import app


@app.task
def who():
    time.sleep(1)
    return os.getpid()


@app.task
def fail():
    raise ValueError("no")


def look(mode):
    began = time.perf_counter()
    result = who.delay()
    print(f"{mode}: delay() took {time.perf_counter() - began:.1f} s")
    here = result.get(timeout=10) == os.getpid()
    print(f"{mode}: it ran in this process: {here}")
    print(f"{mode}: another look at its id says {app.AsyncResult(result.id).state}")


def main():
    # In a Django project's settings: CELERY_TASK_ALWAYS_EAGER = True
    app.conf.task_always_eager = True
    look("eager")
    print("eager: a failure raises nothing by itself:", fail.delay().state)
    app.conf.task_always_eager = False
    look("real")
