"""Celery did not retry the task. The task itself called the gateway again."""

from celery import Celery

app = Celery(
    "codes", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(
    default_retry_delay=0,
)
def send_code(number: str) -> str:
    import gateway

    for attempt in range(3):
        try:
            return gateway.send(number)
        except ConnectionError:
            if attempt == 2:
                raise
