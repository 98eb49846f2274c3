from celery import shared_task

from delivery import redeliver as deliveries


@shared_task(ignore_result=True)  # what is published again is in the log
def redeliver(queue):
    """Publish again, or give up, what a queue has lost; sent to that queue itself."""
    return deliveries.redeliver(queue)
