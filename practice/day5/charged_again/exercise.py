"""The card that is charged at every retry.

A task charges a card and then asks for a receipt. The printer of receipts sometimes
does not answer, and the task is retried. Now the bank has several charges for one
order. The bank drops a charge whose key it already knows. Repair charge_order(): one
charge for each order, a receipt for each order, and still a retry.
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
