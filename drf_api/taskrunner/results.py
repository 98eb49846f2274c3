"""Where Celery keeps results: django-celery-results' table, with one rule more."""

from celery.states import READY_STATES
from django.db import transaction
from django_celery_results.backends import DatabaseBackend
from django_celery_results.models import TaskResult


class FinalResults(DatabaseBackend):
    """A database backend in which a task that has ended stays ended.

    A message may come twice: its worker died before it said "done", or it took longer
    than the broker waits. The second one would write STARTED over SUCCESS, and a run
    that was over would run again for whoever looks. So too for a task that is revoked
    while it says that it starts: two processes write, in either order.
    """

    def _store_result(self, task_id, result, status, *args, **kwargs):
        with transaction.atomic():
            ended = TaskResult.objects.select_for_update().filter(
                task_id=task_id, status__in=READY_STATES
            )
            if status not in READY_STATES and ended.exists():
                return result
            return super()._store_result(task_id, result, status, *args, **kwargs)
