"""Send a task by its name.

The bakery is another project, and you cannot import its code. Its task is named
"bakery.mails.send_mail" and takes an address and a text. Complete notify(address,
text): send the task by its name, and return the task's id.
"""

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


def notify(address: str, text: str) -> str:
    return ""  # your code here
