"""A task that fails only in the worker.

send_order() sends a price list and the numbers of the ordered articles. The price list
is a dict that maps article numbers to prices in cents. add_up() works when you call it
directly, but the task fails in the worker. Find the cause and repair the program. Each
order must still be one task that returns the sum in cents.
"""

from celery import Celery

app = Celery(
    "orders", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def add_up(prices: dict[int, int], articles: list[int]) -> int:
    return sum(prices[number] for number in articles)


def send_order(prices: dict[int, int], articles: list[int]) -> str:
    return add_up.delay(prices, articles).id
