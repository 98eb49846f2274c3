"""The worker has no task of the bakery. The package itself defines no tasks."""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["bakery"],
)
