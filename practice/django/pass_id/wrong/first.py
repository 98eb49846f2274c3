"""The email goes to the customer of another order."""

from celery import Celery

from shop.models import Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(order_id: int) -> str:
    order = Order.objects.first()
    return f"mail to {order.customer}"


def notify(order: Order) -> str:
    return send_mail.delay(order.pk).id
