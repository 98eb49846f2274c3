import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="product-of-two-numbers")
def mul(job_data, **results):
    x, y = *results.values(), *job_data["mul"]
    time.sleep(1)
    return {"mul_result": x * y}
