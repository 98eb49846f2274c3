"""autodiscover_tasks looks for a module `tasks`, unless related_name names another."""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["store"], related_name="jobs")
