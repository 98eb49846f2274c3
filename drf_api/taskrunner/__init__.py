# @shared_task needs this app in every process that runs Django.
from taskrunner.celery import app as celery_app

__all__ = ["celery_app"]
