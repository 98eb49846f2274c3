"""A task that waits for another task.

bill(order) sends a task that renders an invoice and then mails it. The task fails. Read
its error and repair the program. One task must render the invoice, and a second task
must mail it, but no task may wait for another task. bill() must still return the id of
the task that sends the email.
"""

from celery import Celery

app = Celery(
    "invoices", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def render(order: int) -> str:
    return f"invoice-{order}.pdf"


@app.task
def mail(order: int) -> str:
    file = render.delay(order).get(timeout=10)
    return f"mailed {file}"


def bill(order: int) -> str:
    return mail.delay(order).id
