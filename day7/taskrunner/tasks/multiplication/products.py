import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="product-of-two-numbers")
def mul(x: float, y: float) -> float:
    time.sleep(1)
    return x * y
