from celery import shared_task

from delivery import rescue


@shared_task(ignore_result=True)  # each that is sent again is in the log
def resend(queue):
    """Send again, or give up, what a queue has lost; to be sent to that queue."""
    return rescue.resend(queue)
