import time

from celery import shared_task


@shared_task
def total(numbers):
    time.sleep(1)
    return sum(numbers)
