import time

from celery import Celery
from celery.signals import before_task_publish

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@before_task_publish.connect
def add_publishing_time(headers: dict, **_: object) -> None:
    headers["published_at"] = time.time()


@app.task
def render_invoice(order: int) -> str:
    if order == 13:
        raise ValueError("order 13 has no address")
    return f"invoice {order}"
