"""The email uses the name as it was when the message was sent."""

from celery import Celery

from shop.models import Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(customer: str) -> str:
    return f"mail to {customer}"


def notify(order: Order) -> str:
    return send_mail.delay(order.customer).id
