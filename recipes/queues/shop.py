import time

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_default_queue = "short"
app.conf.task_routes = {"shop.print_catalogue": {"queue": "long"}}
app.conf.task_queue_max_priority = 9  # required by RabbitMQ, ignored by Redis
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1


@app.task
def print_catalogue(seconds: float) -> float:
    time.sleep(seconds)
    return time.time()


@app.task
def send_mail(subject: str) -> float:
    print(f"sending {subject}")
    return time.time()


@app.task(rate_limit="2/s")
def ask_supplier(product: str) -> float:
    return time.time()
