"""Include the modules that define tasks.

The bakery has tasks in three modules: bakery.orders, bakery.mails and bakery.stock. The
worker imports none of these modules. Complete the app so that the worker can run the
tasks of all three modules.
"""

from celery import Celery

app = Celery(
    "bakery",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
)
