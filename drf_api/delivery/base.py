"""What StepTask and OutboxTask have in common."""

from celery.contrib.django.task import DjangoTask
from celery.states import READY_STATES
from django_celery_results.models import TaskResult

from delivery.database import DATABASE_AWAY, database_away


class GivenUp(Exception):
    """Tried often enough; the text says what."""


class CheckedTask(DjangoTask):
    """A task that asks the database, before it starts, whether it is to be done.

    If it cannot go on, as broker or database are away, that is no failure (see
    results.py): somebody will send it again.
    """

    def before_start(self, task_id, args, kwargs):
        try:
            self.check(task_id)
        except DATABASE_AWAY as error:
            if not database_away(error):
                raise
            raise self.retry(exc=error) from error

    def check(self, task_id):
        """Return if it is to be done, and count that; else raise what to do."""
        raise NotImplementedError

    def has_result(self, task_id):
        """Return whether it has ended, as far as its result says so."""
        results = TaskResult.objects.filter(task_id=task_id, status__in=READY_STATES)
        return results.exists()

    def ended(self, task_id):
        """Hear that it is over, however it ended."""
