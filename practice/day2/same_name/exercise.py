"""The customers who get the wrong mail.

Customers who order get one mail, and customers who leave get another. At present,
all of them get the same mail. Look at the names in the worker's log, and repair the
tasks. The names must be letters.send_thanks and letters.send_goodbye: other projects
send them.
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
