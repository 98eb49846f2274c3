"""A task that does not find its order.

place() stores an order and sends a task that confirms the order. Sometimes the task
fails with DoesNotExist, although the order exists a moment later. The task is sent even
if the caller's transaction is rolled back. Repair place(), which must still return the
order.
"""

from celery import Celery
from django.db import transaction

from shop.models import Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def confirm(order_id: int) -> str:
    return f"confirmed {Order.objects.get(pk=order_id)}"


def place(customer: str) -> Order:
    with transaction.atomic():
        order = Order.objects.create(customer=customer)
        confirm.delay(order.pk)
    return order
