"""Find the lost messages.

Some orders have no mail: the broker was down when they were placed. Complete
redeliver(): send the task send_mail once for each order that is not mailed, and
return how many were sent. Complete the task as well: it sets `mailed`, and it must
do no harm if it runs twice. The table Charge counts the mails here: create one
Charge for each mail.
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
