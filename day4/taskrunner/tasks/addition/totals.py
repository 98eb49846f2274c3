import time

from celery import shared_task


@shared_task
def total(numbers: list[float]) -> float:
    time.sleep(1)
    return sum(numbers)
