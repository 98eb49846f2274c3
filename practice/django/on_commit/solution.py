"""Django sends the message after the commit. After a rollback Django sends nothing."""

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
        transaction.on_commit(lambda: confirm.delay(order.pk))
    return order
