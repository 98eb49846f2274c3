# A shared_task uses the current app, so create the app before a task is called.
from taskrunner.celery import app

__all__ = ["app"]
