import time

from celery import shared_task

from taskrunner.base import LoggedTask


@shared_task(
    base=LoggedTask,
    name="sum-at-the-third-try",
    bind=True,  # self is the task: self.request.retries counts
    autoretry_for=(ConnectionError,),
    retry_backoff=True,  # wait 1 second, then 2, then 4 ...
    retry_jitter=False,  # exactly; by default each wait is drawn at random
    max_retries=3,
)
def unsteady_add(self, x, y):
    time.sleep(1)
    if self.request.retries < 2:
        raise ConnectionError("no answer")
    return x + y
