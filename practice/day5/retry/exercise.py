"""Retry temporary errors.

The gateway for text messages sometimes does not answer and raises ConnectionError.
Another attempt often succeeds. A wrong number raises ValueError, and no retry helps.
Complete the decorator of send_code: retry after a ConnectionError, at most twice. Do
not wait before a retry.
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
