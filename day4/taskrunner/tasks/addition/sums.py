import time

from celery import shared_task


@shared_task
def add(x: float, y: float) -> float:
    time.sleep(1)
    return x + y


@shared_task
def sub(x: float, y: float) -> float:
    time.sleep(1)
    return x - y
