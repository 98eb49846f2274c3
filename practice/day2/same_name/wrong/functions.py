"""The tasks do not have the required names."""

from celery import Celery

app = Celery(
    "letters", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task()
def send_thanks(customer: str) -> str:
    return f"thanks, {customer}"


@app.task()
def send_goodbye(customer: str) -> str:
    return f"goodbye, {customer}"


def order(customer: str) -> str:
    return send_thanks.delay(customer).id


def leave(customer: str) -> str:
    return send_goodbye.delay(customer).id
