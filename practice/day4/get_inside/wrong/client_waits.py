"""bill() waits for a result."""

from celery import Celery

app = Celery(
    "invoices", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def render(order: int) -> str:
    return f"invoice-{order}.pdf"


@app.task
def mail(file: str) -> str:
    return f"mailed {file}"


def bill(order: int) -> str:
    return mail.delay(render.delay(order).get(timeout=10)).id
