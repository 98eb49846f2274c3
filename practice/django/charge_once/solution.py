"""A conditional UPDATE claims the order. Only one task's UPDATE changes the row."""

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
    wait_for_the_other()
    claimed = Order.objects.filter(pk=order_id, charged=False).update(charged=True)
    if not claimed:
        return "charged before"
    Charge.objects.create(order=order, cents=order.cents)
    return "charged"
