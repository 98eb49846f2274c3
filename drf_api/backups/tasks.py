from celery import shared_task

from backups import dump


# A backup may run longer than the visibility timeout, so its message is acknowledged
# early. If the worker dies, the next hourly backup replaces the lost backup.
@shared_task(acks_late=False, soft_time_limit=14 * 60, time_limit=15 * 60)
def backup():
    """Write a backup. Return its name, or a message if another backup is running."""
    try:
        return dump.backup().name
    except dump.AlreadyRunning as error:
        return str(error)
