import os

from celery import Celery

VAT = int(os.environ.get("VAT", "0"))  # percent

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.result_extended = True  # store the task's name, arguments and worker


@app.task
def total(order: int, prices: list[int]) -> int:
    net = sum(prices)
    return net + net * VAT // 100


@app.task
def average(order: int, prices: list[int]) -> float:
    return sum(prices) / len(prices)
