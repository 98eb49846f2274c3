from datetime import timedelta

from celery import shared_task
from django.conf import settings

from monitor import cleanup


# The clean-up may run longer than the visibility timeout, so its message is
# acknowledged early. If the worker dies, the next clean-up deletes the remaining rows.
@shared_task(acks_late=False, soft_time_limit=14 * 60, time_limit=15 * 60)
def clean_up():
    """Delete the rows that are older than CELERY_RESULT_EXPIRES."""
    return cleanup.clean_up(timedelta(seconds=settings.CELERY_RESULT_EXPIRES))
