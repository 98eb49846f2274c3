"""The worker refuses the message, because it is not JSON."""

from celery import Celery

app = Celery(
    "orders", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(serializer="pickle")
def add_up(prices: dict[str, int], articles: list[int]) -> int:
    by_number = {int(number): cents for number, cents in prices.items()}
    return sum(by_number[number] for number in articles)


def send_order(prices: dict[int, int], articles: list[int]) -> str:
    return add_up.delay(prices, articles).id
