"""The task received the wrong arguments."""

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


def notify(address: str, text: str) -> str:
    result = app.send_task("bakery.mails.send_mail", [text, address])
    return result.id
