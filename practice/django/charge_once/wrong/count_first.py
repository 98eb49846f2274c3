"""The order has two charges."""

from celery import Celery
from django.db import transaction

from shop.meeting import wait_for_the_other
from shop.models import Charge, Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def charge(order_id: int) -> str:
    order = Order.objects.get(pk=order_id)
    if Charge.objects.filter(order=order).exists():
        return "charged before"
    wait_for_the_other()
    Charge.objects.create(order=order, cents=order.cents)
    return "charged"
