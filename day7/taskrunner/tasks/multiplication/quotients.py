import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="division-of-two-numbers")
def div(job_data, **results):
    x, y = *results.values(), *job_data["div"]
    time.sleep(1)
    return {"div_result": x / y}
