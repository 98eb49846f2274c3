"""An order has no receipt."""

from celery import Celery

app = Celery(
    "payments", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def charge_order(order: int, cents: int) -> str:
    import bank

    bank.charge(cents, key=str(order))
    return bank.print_receipt(order)
