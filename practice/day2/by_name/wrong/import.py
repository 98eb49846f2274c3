"""notify() raised ModuleNotFoundError."""

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


def notify(address: str, text: str) -> str:
    from bakery.mails import send_mail

    result = send_mail.delay(address, text)
    return result.id
