"""A card that is charged at every retry.

A task charges a card and then prints a receipt. The bank or the printer sometimes does
not answer, and Celery retries the task. As a result, the bank has several charges for
one order. The bank ignores a charge whose key it already knows. Repair charge_order():
each order gets one charge and one receipt, and the task is still retried.
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
