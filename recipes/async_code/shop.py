import asyncio
import os
import time

from celery import Celery
from celery.signals import worker_process_init
from redis.asyncio import Redis, from_url

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
STOCK = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")

Times = tuple[float, float]


async def ask_supplier(product: str) -> Times:
    """Return the start time and the end time of the request."""
    begin = time.time()
    await asyncio.sleep(2)  # the supplier's response time
    return begin, time.time()


@app.task
async def fetch_price_async(product: str) -> Times:
    return await ask_supplier(product)


@app.task
def fetch_price(product: str) -> Times:
    return asyncio.run(ask_supplier(product))


@app.task
def fetch_prices(products: list[str]) -> list[Times]:
    async def ask_all() -> list[Times]:
        return await asyncio.gather(*[ask_supplier(product) for product in products])

    return asyncio.run(ask_all())


stock = from_url(STOCK)


@app.task
def add_in_new_loop(product: str) -> int:
    return asyncio.run(stock.incr(product))


process_loop: asyncio.Runner
process_stock: Redis


@worker_process_init.connect
def open_loop(**kwargs: object) -> None:
    """Create an event loop and its connection pool in each pool process."""
    global process_loop, process_stock
    process_loop, process_stock = asyncio.Runner(), from_url(STOCK)


@app.task
def add_in_process_loop(product: str) -> int:
    return process_loop.run(process_stock.incr(product))
