"""Order 2 was charged 3 times."""

from celery import Celery

app = Celery(
    "payments", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(
    bind=True, autoretry_for=(ConnectionError,), max_retries=3, default_retry_delay=0
)
def charge_order(self, order: int, cents: int) -> str:
    import bank

    bank.charge(cents, key=f"{order}-{self.request.retries}")
    return bank.print_receipt(order)
