"""The worker knows none of the tasks. The package itself has none."""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["bakery"],
)
