"""Retry what a retry can cure.

The gateway for text messages sometimes does not answer, and raises ConnectionError.
Another try often succeeds. A wrong number raises ValueError, and no retry cures
that. Complete the decorator of send_code: retry after a ConnectionError, at most
twice. There is no delay before a retry.
"""

from celery import Celery

app = Celery(
    "codes", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(
    default_retry_delay=0,
)
def send_code(number: str) -> str:
    import gateway

    return gateway.send(number)
