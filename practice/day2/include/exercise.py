"""Include the modules that define tasks.

The bakery has tasks in three modules: bakery.orders, bakery.mails and bakery.stock.
The worker knows none of them. Complete the app so that it runs the tasks of all three
modules.
"""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
)
