# A shared_task belongs to the app that is there: make ours before any task is called.
from taskrunner.celery import app

__all__ = ["app"]
