"""The mail that knows no order.

place() stores an order and sends a task that mails a confirmation. Sometimes the
task fails with DoesNotExist, though the order is in the database a moment later. If
the transaction of the caller is rolled back, the mail is sent all the same. Repair
place(). It still returns the order.
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
