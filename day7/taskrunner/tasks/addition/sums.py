import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(base=LoggedTask, name="sum-of-two-numbers")
def add(job_data, **results):
    x, y = *results.values(), *job_data["add"]
    time.sleep(1)
    return {"add_result": x + y}


@shared_task(base=LoggedTask, name="diff-of-two-numbers")
def sub(job_data, **results):
    x, y = *results.values(), *job_data["sub"]
    time.sleep(1)
    return {"sub_result": x - y}
