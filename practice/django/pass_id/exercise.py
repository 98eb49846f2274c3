"""Pass an order to a task.

notify() passes an order to a task and raises an error, because a model instance cannot
be converted to JSON. Repair notify() and the task send_mail. A clerk can correct the
customer's name while the message is in the queue. The email must use the customer's
current name when the task runs.
"""

from celery import Celery

from shop.models import Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(order: Order) -> str:
    return f"mail to {order.customer}"


def notify(order: Order) -> str:
    return send_mail.delay(order).id
