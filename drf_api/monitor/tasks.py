from datetime import timedelta

from celery import shared_task
from django.conf import settings

from monitor import cleanup


# It may take longer than a broker waits, as the backup does; what is left when it is
# lost with its worker is deleted by the next night's.
@shared_task(acks_late=False, soft_time_limit=14 * 60, time_limit=15 * 60)
def clean_up():
    """Delete what is older than results are kept."""
    return cleanup.clean_up(timedelta(seconds=settings.CELERY_RESULT_EXPIRES))
