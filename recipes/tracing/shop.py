from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def charge(order: int) -> int:
    return order


@app.task
def render_invoice(order: int) -> int:
    mail.delay(order)
    return order


@app.task
def mail(order: int) -> None:
    if order == 13:
        raise ValueError("order 13 has no address")
