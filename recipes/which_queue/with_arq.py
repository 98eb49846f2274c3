import asyncio

from arq import Retry, create_pool, cron
from arq.connections import RedisSettings

import job


async def charge(ctx):
    try:
        job.charge()
    except ConnectionError:
        raise Retry(defer=1) from None


async def report(ctx):
    job.report()


async def render(ctx):
    await asyncio.to_thread(job.render)


class WorkerSettings:
    redis_settings = RedisSettings.from_dsn(job.REDIS)
    functions = (charge, render)
    job_timeout = 30 if job.RECOVER else 300  # seconds; the default is 300
    cron_jobs = (cron(report, second=set(range(0, 60, 10))),)


def send(name):
    async def connect_and_send():
        queue = await create_pool(WorkerSettings.redis_settings)
        await queue.enqueue_job(name)
        await queue.aclose()

    asyncio.run(connect_and_send())


def send_charge():
    send("charge")


def send_render():
    send("render")
