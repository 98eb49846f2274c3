from celery import shared_task

from backups import dump


# A backup may run longer than the visibility timeout. Its message is therefore
# acknowledged early. If its worker dies, the next hourly backup replaces it.
@shared_task(acks_late=False, soft_time_limit=14 * 60, time_limit=15 * 60)
def backup():
    """Write a backup and return its file name, or a message if a backup is running."""
    try:
        return dump.backup().name
    except dump.AlreadyRunning as error:
        return str(error)
