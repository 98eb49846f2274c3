from celery import shared_task

from workflows import rescue as rescuer


@shared_task
def rescue():
    """Send again, or give up, the runs that nothing else will move."""
    return rescuer.rescue()
