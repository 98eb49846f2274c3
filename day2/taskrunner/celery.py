from celery import Celery

app = Celery(
    "taskrunner",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["taskrunner.sums", "taskrunner.products"],
)

app.conf.update(
    task_track_started=True,  # without it, a running task still says PENDING
    result_expires=3600,  # seconds; a result is deleted after an hour
)
