# A shared_task uses the current app, so create the app before calling a task.
from taskrunner.celery import app

__all__ = ["app"]
