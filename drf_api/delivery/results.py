"""Celery's result backend: django-celery-results' table, with a few more rules."""

import logging

from celery.exceptions import BackendStoreError, Reject
from django.db import connection
from django_celery_results.backends import DatabaseBackend
from kombu.exceptions import OperationalError as BrokerDown

from delivery.errors import is_database_down
from delivery.models import FinalResult
from delivery.task import DeliveredTask

logger = logging.getLogger(__name__)


class FinalResults(DatabaseBackend):
    """A backend in which a task ends once, and which waits for its database."""

    TaskModel = FinalResult

    def mark_as_done(self, task_id, result, request=None, *args, **kwargs):
        super().mark_as_done(task_id, result, request, *args, **kwargs)
        self.tell(task_id, request)

    def mark_as_revoked(self, task_id, reason="", request=None, *args, **kwargs):
        super().mark_as_revoked(task_id, reason, request, *args, **kwargs)
        self.tell(task_id, request)

    def mark_as_failure(
        self, task_id, exc, traceback=None, request=None, *args, **kwargs
    ):
        """Store why a task failed, unless it could not go on and is published again.

        If the broker is down, the next step cannot be published. If the database is
        down, nothing can be read or written. redeliver.py publishes a DeliveredTask
        again later. Any other task is not published again, so it has failed. A step
        that was sent by the schedule or by hand has no row. It is dropped here as well,
        and not sent again.
        """
        # Celery rejects the message of a retry that it cannot publish.
        reason = exc.reason if isinstance(exc, Reject) else exc
        # Celery says this of a result that it could not store, however often it tried.
        if isinstance(reason, BackendStoreError):
            reason = reason.__cause__
        unreachable = isinstance(reason, BrokerDown) or is_database_down(reason)
        if unreachable and self.delivered_task(request):
            logger.warning("%s could not go on: %s", task_id, exc, exc_info=exc)
        else:
            super().mark_as_failure(task_id, exc, traceback, request, *args, **kwargs)
            self.tell(task_id, request)

    def delivered_task(self, request):
        """Return the task of a request if it is a DeliveredTask."""
        task = self.app.tasks.get(getattr(request, "task", None))
        return task if isinstance(task, DeliveredTask) else None

    def tell(self, task_id, request):
        """Tell a DeliveredTask that it has ended, also one without a stored result."""
        if task := self.delivered_task(request):
            # As Celery 5.7 does itself when it stores a result.
            self._ensure_retryable(task.ended, task_id)

    def exception_safe_to_retry(self, exc):
        """Return whether another try, on a new connection, may help.

        The settings CELERY_RESULT_BACKEND_... say how many, and how far apart.
        """
        if is_database_down(exc):
            connection.close()
            return True
        return False
