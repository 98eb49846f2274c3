"""All orders share one charge."""

from celery import Celery

app = Celery(
    "payments", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=0)
def charge_order(order: int, cents: int) -> str:
    import bank

    bank.charge(cents, key="charge")
    return bank.print_receipt(order)
