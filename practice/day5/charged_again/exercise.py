"""A card that is charged on every retry.

A task charges a card and then prints a receipt. If the bank or the printer does not
respond, Celery retries the task, and the customer is charged again. The bank ignores a
charge with a key that was used before. Repair charge_order() so that each order gets
exactly one charge and one receipt. Celery must still retry the task.
"""

from celery import Celery

app = Celery(
    "payments", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=0)
def charge_order(order: int, cents: int) -> str:
    from uuid import uuid4

    import bank

    bank.charge(cents, key=str(uuid4()))
    return bank.print_receipt(order)
