import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="division-of-two-numbers")
def div(x: float, y: float) -> float:
    time.sleep(1)
    return x / y
