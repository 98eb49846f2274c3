"""The task was retried for an invalid number."""

from celery import Celery

app = Celery(
    "codes", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(
    default_retry_delay=0,
    autoretry_for=(Exception,),
    max_retries=2,
)
def send_code(number: str) -> str:
    import gateway

    return gateway.send(number)
