import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="sum-of-two-numbers")
def add(x: float, y: float) -> float:
    time.sleep(1)
    return x + y


@shared_task(base=LoggedTask, name="diff-of-two-numbers")
def sub(x: float, y: float) -> float:
    time.sleep(1)
    return x - y
