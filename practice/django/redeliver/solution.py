"""The rows show which emails are missing. The claim makes duplicates harmless."""

from celery import Celery

from shop.models import Charge, Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(order_id: int) -> None:
    claimed = Order.objects.filter(pk=order_id, mailed=False).update(mailed=True)
    if claimed:
        Charge.objects.create(order_id=order_id, cents=0)


def redeliver() -> int:
    lost = Order.objects.filter(mailed=False)
    for order in lost:
        send_mail.delay(order.pk)
    return len(lost)
