from celery import Celery
from celery.result import allow_join_result

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def render_invoice(order_id):
    return f"invoice of order {order_id}"


@app.task
def mail_invoice(invoice):
    return f"mailed: {invoice}"


@app.task
def render_and_mail(order_id):
    with allow_join_result():  # disables Celery's check
        invoice = render_invoice.delay(order_id).get(timeout=2)
    return mail_invoice(invoice)
