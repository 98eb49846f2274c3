import time

from celery import shared_task


@shared_task
def div(x, y):
    time.sleep(1)
    return x / y
