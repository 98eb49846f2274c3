"""The worker shows one try, so Celery did not retry."""

from celery import Celery

app = Celery(
    "codes", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def send_code(number: str) -> str:
    import gateway

    for attempt in range(4):
        try:
            return gateway.send(number)
        except ConnectionError:
            if attempt == 3:
                raise
