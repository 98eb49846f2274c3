"""autodiscover_tasks imports a module named `tasks`, unless you set related_name."""

from celery import Celery

app = Celery(
    "store", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)

app.autodiscover_tasks(["store"], related_name="jobs")
