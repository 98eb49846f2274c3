"""Celery's requests, with a workaround for tasks that run out of memory."""

from celery.worker import request


class Request(request.Request):
    """A task's message in the main process of a worker.

    In Celery 5.7, a MemoryError that a task raises in a pool process stops the worker.
    With late acknowledgement, the broker redelivers the message, which stops the next
    worker. See docs/upstream/celery-memory-error.md. When Celery fixes this bug,
    TestMemoryError in tests/drf_api/test_upstream.py fails.
    """

    def on_failure(self, exc_info, *args, **kwargs):
        """Handle a failed task. A MemoryError is handled like any other error."""
        error = exc_info.exception
        if isinstance(error, request.ExceptionWithTraceback):
            error = error.exc
        if isinstance(error, MemoryError):
            # The pool process has already stored the original error.
            exc_info.exception = RuntimeError(f"MemoryError: {error}")
        return super().on_failure(exc_info, *args, **kwargs)
