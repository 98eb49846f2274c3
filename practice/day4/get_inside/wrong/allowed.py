"""A task still sends another task and waits for it."""

from celery import Celery

app = Celery(
    "invoices", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def render(order: int) -> str:
    return f"invoice-{order}.pdf"


@app.task
def mail(order: int) -> str:
    file = render.delay(order).get(timeout=1, disable_sync_subtasks=False)
    return f"mailed {file}"


def bill(order: int) -> str:
    return mail.delay(order).id
