from celery import shared_task

from backups import dump


@shared_task
def backup():
    """Write a backup and return its name; a second one at a time stops and says so."""
    try:
        return dump.backup().name
    except dump.AlreadyRunning as error:
        return str(error)
