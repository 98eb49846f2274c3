"""Customers who get the wrong email.

Customers who order and customers who leave should get different emails, but all
customers get the same email. Read the task names in the worker's log, and repair the
tasks. Name the tasks letters.send_thanks and letters.send_goodbye, because other
projects send the tasks by these names.
"""

from celery import Celery

app = Celery(
    "letters", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(name="letters.send")
def send_thanks(customer: str) -> str:
    return f"thanks, {customer}"


@app.task(name="letters.send")
def send_goodbye(customer: str) -> str:
    return f"goodbye, {customer}"


def order(customer: str) -> str:
    return send_thanks.delay(customer).id


def leave(customer: str) -> str:
    return send_goodbye.delay(customer).id
