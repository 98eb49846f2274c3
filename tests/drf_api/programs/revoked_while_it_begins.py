"""Reproduce a race condition: revoke a task while it starts, and print its state.

A thread delays the write of STARTED until the main thread has written REVOKED. The
final state must be REVOKED.
"""

from threading import Event, Thread

from django.db import connection
from django_celery_results.backends import DatabaseBackend
from django_celery_results.models import TaskResult

from taskrunner.celery import app

backend, write = app.backend, DatabaseBackend._store_result
writing, revoked = Event(), Event()


def slowly(self, task_id, result, status, *args, **kwargs):
    if status == "STARTED":
        writing.set()
        revoked.wait(2)
    return write(self, task_id, result, status, *args, **kwargs)


def start():
    backend.mark_as_started("race")
    connection.close()


backend.mark_as_retry("race", RuntimeError("no"))
DatabaseBackend._store_result = slowly
late = Thread(target=start)
late.start()
assert writing.wait(10)
backend.mark_as_revoked("race")
revoked.set()
late.join(10)
print(TaskResult.objects.get(task_id="race").status)
