"""The bakery has no task with this name."""

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


def notify(address: str, text: str) -> str:
    result = app.send_task("send_mail", [address, text])
    return result.id
