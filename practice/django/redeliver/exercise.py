"""Find lost messages.

Some orders got no email, because the broker was down when they were placed. Complete
redeliver(): send the task send_mail once for each order that is not mailed, and
return the number of sent tasks. Complete the task too: it sets `mailed`, and it must
be idempotent. In this exercise, a row of the table Charge stands for an email. Create
one Charge for each email, with 0 cents.
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
