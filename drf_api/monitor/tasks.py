from datetime import timedelta

from celery import shared_task
from django.conf import settings

from monitor import cleanup


@shared_task
def clean_up():
    """Delete what is older than results are kept."""
    return cleanup.clean_up(timedelta(seconds=settings.CELERY_RESULT_EXPIRES))
