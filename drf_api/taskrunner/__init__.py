# Load the app in every Django process, so that @shared_task uses this app.
from taskrunner.celery import app as celery_app

__all__ = ["celery_app"]
