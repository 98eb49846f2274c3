"""Find lost messages.

Some customers got no email, because the broker was down when they placed their orders.
Complete redeliver(): send the task send_mail once for each order without an email, and
return the number of sent tasks. Also complete the task, which sets `mailed` and must be
idempotent. In this exercise, a row in the table Charge represents an email. Create one
Charge with 0 cents for each email.
"""

from celery import Celery

from shop.models import Charge, Order

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(order_id: int) -> None:
    pass  # your code here


def redeliver() -> int:
    return 0  # your code here
