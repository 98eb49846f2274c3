"""In JSON, all keys of an object are strings. The task converts the keys to numbers."""

from celery import Celery

app = Celery(
    "orders", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def add_up(prices: dict[str, int], articles: list[int]) -> int:
    by_number = {int(number): cents for number, cents in prices.items()}
    return sum(by_number[number] for number in articles)


def send_order(prices: dict[int, int], articles: list[int]) -> str:
    return add_up.delay(prices, articles).id
