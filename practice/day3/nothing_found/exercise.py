"""Autodiscovery finds no task.

The store's task is defined in store/jobs.py. The app uses autodiscovery, and the worker
starts without an error, but the task fails when a clerk counts the stock. Find the
cause and repair the app. Do not rename the module.
"""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["store"])
