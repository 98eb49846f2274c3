import time

from celery import shared_task
from celery.utils.log import get_task_logger
from django.conf import settings

from delivery.task import OutboxTask

logger = get_task_logger(__name__)


@shared_task(base=OutboxTask, ignore_result=True)
def lazy_job(name):
    """Log the start of a job and, after 5 * STEP_SECONDS, its end."""
    logger.info("start: %s", name)
    time.sleep(5 * settings.STEP_SECONDS)
    logger.info("end: %s", name)


# An explicit name does not change if the function moves to another module.
@shared_task(base=OutboxTask, name="sprout.sample_task")
def sample_task():
    """Print a line in the worker's log."""
    print("This is printed by the worker, not by the web server.")
