from celery import shared_task

from delivery import redeliver as deliveries


@shared_task(ignore_result=True)  # the log names each message that is published again
def redeliver(queue):
    """Publish the lost messages of a queue again. This task waits in the same queue."""
    return deliveries.redeliver(queue)
