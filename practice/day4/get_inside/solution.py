"""The client connects the tasks in a chain, so no task waits for another task."""

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
    return (render.s(order) | mail.s()).apply_async().id
