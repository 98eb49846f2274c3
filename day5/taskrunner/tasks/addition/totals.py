import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="sum-of-many-numbers")
def total(numbers: list[float]) -> float:
    time.sleep(1)
    return sum(numbers)
