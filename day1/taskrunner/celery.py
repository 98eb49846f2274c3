from celery import Celery

app = Celery(
    "taskrunner",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["taskrunner.tasks"],
)

app.conf.update(
    task_track_started=True,  # otherwise a running task remains PENDING
    result_expires=3600,  # in seconds; delete results after an hour
)
