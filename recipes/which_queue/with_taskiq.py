import asyncio

from taskiq import SimpleRetryMiddleware, TaskiqScheduler
from taskiq.schedule_sources import LabelScheduleSource
from taskiq_pipelines import Pipeline, PipelineMiddleware
from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

import job

options = {"idle_timeout": 30_000} if job.RECOVER else {}  # milliseconds
broker = RedisStreamBroker(job.REDIS, **options).with_result_backend(
    RedisAsyncResultBackend(job.REDIS)
)
broker.add_middlewares(SimpleRetryMiddleware(), PipelineMiddleware())
scheduler = TaskiqScheduler(broker, [LabelScheduleSource(broker)])


@broker.task(retry_on_error=True)
def charge() -> None:
    job.charge()


@broker.task(schedule=[{"interval": 10}])
def report() -> None:
    job.report()


@broker.task
def articles() -> list[int]:
    return [1, 2, 3]


@broker.task
def price(article: int) -> int:
    return job.price(article)


@broker.task
def add_up(prices: list[int]) -> None:
    job.add_up(prices)


@broker.task
def render() -> None:
    job.render()


def send(task):
    async def connect_and_send():
        await broker.startup()
        await task.kiq()
        await broker.shutdown()

    asyncio.run(connect_and_send())


def send_charge():
    send(charge)


def send_prices():
    send(Pipeline(broker, articles).map(price).call_next(add_up))


def send_render():
    send(render)
