"""The worker does not start: No module named 'shelves'."""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["shelves"])
