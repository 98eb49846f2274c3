"""`delay` sends a message and returns immediately. Its result contains the id."""

from celery import Celery

app = Celery(
    "mails", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(address: str, subject: str) -> str:
    return f"sent {subject} to {address}"


def welcome(address: str) -> str:
    result = send_mail.delay(address, "Welcome")
    return result.id
