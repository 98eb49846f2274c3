import time

from celery import Task, shared_task

from taskrunner.base import LoggedTask, logger


@shared_task(
    base=LoggedTask,
    name="sum-at-the-third-try",
    bind=True,  # pass the task as self, for self.request.retries
    autoretry_for=(ConnectionError,),  # transient errors
    retry_backoff=True,  # wait at most 1 second, then 2 seconds, then 4 ...
    max_retries=3,
    soft_time_limit=10,  # in seconds, for each attempt
)
def unsteady_add(self: Task, x: float, y: float) -> float:
    logger.info("request sent")
    time.sleep(1)
    if self.request.retries < 2:
        raise ConnectionError("no answer")
    return x + y
