"""The result backend: django-celery-results, adapted to redelivered messages."""

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
    """A backend that keeps the first final state and retries database errors."""

    TaskModel = FinalResult

    def mark_as_done(self, task_id, result, request=None, *args, **kwargs):
        super().mark_as_done(task_id, result, request, *args, **kwargs)
        self.notify(task_id, request)

    def mark_as_revoked(self, task_id, reason="", request=None, *args, **kwargs):
        super().mark_as_revoked(task_id, reason, request, *args, **kwargs)
        self.notify(task_id, request)

    def mark_as_failure(
        self, task_id, exc, traceback=None, request=None, *args, **kwargs
    ):
        """Store a failure, unless an outage has interrupted a DeliveredTask.

        After an outage of the broker or the database, redeliver.py publishes the task
        again from its row. A DeliveredTask without a row, published manually or by the
        schedule, neither stores a failure nor is published again.
        """
        # Celery raises Reject if it cannot publish a retry.
        reason = exc.reason if isinstance(exc, Reject) else exc
        # Celery raises BackendStoreError after the last attempt to store a result.
        if isinstance(reason, BackendStoreError):
            reason = reason.__cause__
        unreachable = isinstance(reason, BrokerDown) or is_database_down(reason)
        if unreachable and self.delivered_task(request):
            logger.warning("%s was interrupted: %s", task_id, exc, exc_info=exc)
        else:
            super().mark_as_failure(task_id, exc, traceback, request, *args, **kwargs)
            self.notify(task_id, request)

    def delivered_task(self, request):
        """Return the request's task if it is a DeliveredTask, otherwise None."""
        task = self.app.tasks.get(getattr(request, "task", None))
        return task if isinstance(task, DeliveredTask) else None

    def notify(self, task_id, request):
        """Call `ended` of a DeliveredTask, even if the task ignores its result."""
        if task := self.delivered_task(request):
            # Celery 5.7 stores results with this method, which retries database errors.
            self._ensure_retryable(task.ended, task_id)

    def exception_safe_to_retry(self, exc):
        """Return whether to retry after an error. Close a broken database connection.

        The settings CELERY_RESULT_BACKEND_... define the number of retries and the
        delays.
        """
        if is_database_down(exc):
            connection.close()
            return True
        return False
