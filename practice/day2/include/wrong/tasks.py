"""The worker does not start: No module named 'bakery.orders.bake'."""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["bakery.orders.bake", "bakery.mails", "bakery.stock"],
)
