"""The message contains only the id. The task reads the current row."""

from celery import Celery

from shop.models import Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(order_id: int) -> str:
    order = Order.objects.get(pk=order_id)
    return f"mail to {order.customer}"


def notify(order: Order) -> str:
    return send_mail.delay(order.pk).id
