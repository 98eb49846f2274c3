import time

from celery import shared_task
from celery.utils.log import get_task_logger
from django.conf import settings

from delivery.task import OutboxTask

logger = get_task_logger(__name__)


@shared_task(base=OutboxTask, ignore_result=True)
def lazy_job(name):
    """Say when it begins and, about five seconds later, when it ends."""
    logger.info("start: %s", name)
    time.sleep(5 * settings.STEP_SECONDS)
    logger.info("end: %s", name)


# A name of its own stays the same wherever the function moves to.
@shared_task(base=OutboxTask, name="sprout.sample_task")
def sample_task():
    """Show where a task runs."""
    print("This is printed by the worker, not by the web server.")
