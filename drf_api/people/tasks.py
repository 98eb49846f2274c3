import time

from celery import shared_task
from django.conf import settings

from delivery.errors import DATABASE_DOWN
from delivery.task import OutboxTask
from people.models import Batch
from people.users import make_users

PROGRESS = "PROGRESS"  # a custom state of this task


# If the database is down, retry after 1, 2 and 4 seconds. After these retries, the
# outbox publishes the task again.
@shared_task(
    bind=True,
    base=OutboxTask,
    autoretry_for=DATABASE_DOWN,
    retry_backoff=True,
    retry_jitter=False,
)
def make_batch(self, batch_id):
    """Create a batch's users, and return the number of its users that exist."""
    batch = Batch.objects.get(pk=batch_id)

    def report(done):
        self.update_state(state=PROGRESS, meta={"done": done, "total": batch.count})
        time.sleep(settings.STEP_SECONDS / 5)  # slow enough to see the progress

    return make_users(batch.count, seed=batch_id, report=report)
