"""An order that is charged twice.

The broker redelivered a message, and two workers run the task for the same order. Both
workers read that the order has not been charged, and both charge the order. Repair
charge(): an order must have exactly one charge, even if two workers run the task at the
same time. Keep the call to wait_for_the_other() before the charge is stored. The call
makes both tasks run at the same time, as with a slow bank.
"""

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
    if order.charged:
        return "charged before"
    wait_for_the_other()
    Charge.objects.create(order=order, cents=order.cents)
    order.charged = True
    order.save()
    return "charged"
