"""Revoke a task while it begins; print its state.

One writer has read that the task has not ended. The other writer stores that it
has. The reader must therefore lock the row.
"""

from threading import Event, Thread

from django.db import connection
from django_celery_results.backends import DatabaseBackend
from django_celery_results.models import TaskResult

from taskrunner.celery import app

backend, write = app.backend, DatabaseBackend._store_result
looked, revoked = Event(), Event()


def slowly(self, task_id, result, status, *args, **kwargs):
    if status == "STARTED":
        looked.set()
        revoked.wait(2)
    return write(self, task_id, result, status, *args, **kwargs)


def begin():
    backend.mark_as_started("race")
    connection.close()


backend.mark_as_retry("race", RuntimeError("no"))
DatabaseBackend._store_result = slowly
late = Thread(target=begin)
late.start()
assert looked.wait(10)
backend.mark_as_revoked("race")
revoked.set()
late.join(10)
print(TaskResult.objects.get(task_id="race").status)
