"""Order 2 was charged 2 times."""

from celery import Celery

app = Celery(
    "payments", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=0)
def charge_order(order: int, cents: int) -> str:
    from uuid import uuid4

    import bank

    receipt = bank.print_receipt(order)
    bank.charge(cents, key=str(uuid4()))
    return receipt
