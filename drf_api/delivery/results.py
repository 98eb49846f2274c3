"""Where Celery keeps results: django-celery-results' table, with a few rules more."""

import logging

from celery.exceptions import BackendStoreError, Reject
from celery.states import READY_STATES
from django.db import connection, transaction
from django_celery_results.backends import DatabaseBackend
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError as BrokerAway

from delivery.base import CheckedTask
from delivery.database import database_away

logger = logging.getLogger(__name__)


class FinalResults(DatabaseBackend):
    """A database backend in which a task ends once, and which waits for its database.

    A message may come twice: its worker died before it said "done", or it took longer
    than the broker waits. The second one would write STARTED over SUCCESS, and a run
    that was over would run again for whoever looks; or it would write another end. So
    too for a task that is revoked while it says that it starts: two processes write,
    in either order. The first end stays.
    """

    def _store_result(self, task_id, result, status, *args, **kwargs):
        with transaction.atomic():
            # There must be a row, to lock it: else two first writers would both write.
            TaskResult.objects.get_or_create(task_id=task_id)
            # By its id alone: a lock by its status too would let unfinished ones pass.
            row = TaskResult.objects.select_for_update().get(task_id=task_id)
            if row.status in READY_STATES:
                return result
            return super()._store_result(task_id, result, status, *args, **kwargs)

    def mark_as_done(self, task_id, result, request=None, *args, **kwargs):
        super().mark_as_done(task_id, result, request, *args, **kwargs)
        self.tell(task_id, request)

    def mark_as_revoked(self, task_id, reason="", request=None, *args, **kwargs):
        super().mark_as_revoked(task_id, reason, request, *args, **kwargs)
        self.tell(task_id, request)

    def mark_as_failure(
        self, task_id, exc, traceback=None, request=None, *args, **kwargs
    ):
        """Write down why a task failed, unless it could not go on and is sent again.

        When the broker is away the next step cannot be sent; when the database is,
        nothing can be read or written. When all is back a step is sent again by
        workflows/rescue.py, and an OutboxTask by delivery/rescue.py. Nobody does so for
        any other task: it has failed. A step that the schedule or somebody's hand has
        sent has no run: it is dropped here as well, and not sent again.
        """
        # Celery rejects the message of a retry that it cannot send.
        reason = exc.reason if isinstance(exc, Reject) else exc
        # This it says of a result that it could not write, however often it tried.
        if isinstance(reason, BackendStoreError):
            reason = reason.__cause__
        away = isinstance(reason, BrokerAway) or database_away(reason)
        if away and self.checked_task(request):
            logger.warning("%s could not go on: %s", task_id, exc, exc_info=exc)
        else:
            super().mark_as_failure(task_id, exc, traceback, request, *args, **kwargs)
            self.tell(task_id, request)

    def checked_task(self, request):
        """Return the task of a request if it is a CheckedTask."""
        task = self.app.tasks.get(getattr(request, "task", None))
        return task if isinstance(task, CheckedTask) else None

    def tell(self, task_id, request):
        """Tell a CheckedTask that it has ended, also one whose result nobody wants."""
        if task := self.checked_task(request):
            # As Celery 5.7 does itself when it stores a result.
            self._ensure_retryable(task.ended, task_id)

    def exception_safe_to_retry(self, exc):
        """Say that a database that is away is worth another try, on a new connection.

        How many, and how far apart, is in the settings: CELERY_RESULT_BACKEND_...
        """
        if database_away(exc):
            connection.close()
            return True
        return False
