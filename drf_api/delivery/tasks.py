from celery import shared_task

from delivery import redeliver as deliveries


@shared_task(ignore_result=True)  # redelivered messages are logged
def redeliver(queue):
    """Publish a queue's lost messages again. The task must be sent to that queue."""
    return deliveries.redeliver(queue)
