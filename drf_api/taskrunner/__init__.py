# So that @shared_task finds this app wherever Django runs.
from taskrunner.celery import app as celery_app

__all__ = ["celery_app"]
