import time

from celery import shared_task


@shared_task
def mul(x: float, y: float) -> float:
    time.sleep(1)
    return x * y
