"""Retry temporary errors.

The gateway for text messages sometimes does not respond and raises ConnectionError. A
retry often succeeds. For an invalid number, the gateway raises ValueError, and a retry
cannot succeed. Complete the decorator of send_code: retry after a ConnectionError, at
most twice, without a delay.
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
