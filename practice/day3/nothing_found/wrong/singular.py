"""Celery looks for store.job, which does not exist."""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["store"], related_name="job")
