from celery import shared_task

from backups import dump


# It may take longer than a broker waits for a task to be done. So it is acknowledged at
# its beginning: one that is lost with its worker is made up for by the next hour's.
@shared_task(acks_late=False, soft_time_limit=14 * 60, time_limit=15 * 60)
def backup():
    """Write a backup and return its name; a second one at a time stops and says so."""
    try:
        return dump.backup().name
    except dump.AlreadyRunning as error:
        return str(error)
