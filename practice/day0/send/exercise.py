"""Send a task.

A web page calls welcome(address) when a user signs up. The page must not wait for the
mail server. Complete welcome(): send the task send_mail with the address and the
subject "Welcome", and return the task's id as a string.
"""

from celery import Celery

app = Celery(
    "mails", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_mail(address: str, subject: str) -> str:
    return f"sent {subject} to {address}"


def welcome(address: str) -> str:
    return ""  # your code here
