"""Autodiscovery finds no task.

The store's task is in store/jobs.py. The app uses autodiscovery, and the worker
starts without an error. When a clerk counts the stock, the task fails. Find the cause
and repair the app. Do not rename the module.
"""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["store"])
