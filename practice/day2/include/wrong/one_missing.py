"""The worker has not registered bakery.stock.refill."""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
    include=["bakery.orders", "bakery.mails"],
)
