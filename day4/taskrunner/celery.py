from celery import Celery

from taskrunner.detector import find_tasks

app = Celery(
    "taskrunner",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=find_tasks(),
)

app.conf.update(
    task_track_started=True,  # otherwise a running task remains PENDING
    result_expires=3600,  # in seconds; delete results after an hour
)
