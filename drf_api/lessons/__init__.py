import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")

app = Celery(
    "lessons",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=[
        "lessons.eager",
        "lessons.lost_update",
        "lessons.outcome",
        "lessons.slow_form",
        "lessons.trap.tasks",
        "lessons.waiting",
    ],
)
# A queue of our own: the application's workers do not know these tasks.
app.conf.task_default_queue = "lessons"
