import dramatiq
from apscheduler.schedulers.blocking import BlockingScheduler
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend as Barriers
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

import job

options = {"maintenance_chance": 100_000} if job.RECOVER else {}  # per million
broker = RedisBroker(url=job.REDIS, **options)
results = RedisBackend(url=job.REDIS)
broker.add_middleware(Results(backend=results))
broker.add_middleware(GroupCallbacks(Barriers(url=job.REDIS)))
dramatiq.set_broker(broker)


@dramatiq.actor(min_backoff=1000)
def charge():
    job.charge()


@dramatiq.actor
def report():
    job.report()


@dramatiq.actor(store_results=True)
def price(article):
    return job.price(article)


@dramatiq.actor
def add_up(messages):
    found = [dramatiq.Message(**each) for each in messages]
    job.add_up([each.get_result(block=True) for each in found])


@dramatiq.actor
def render():
    job.render()


def send_charge():
    charge.send()


def send_prices():
    messages = [price.message(article) for article in (1, 2, 3)]
    prices = dramatiq.group(messages)
    prices.add_completion_callback(add_up.message([m.asdict() for m in messages]))
    prices.run()


def send_render():
    render.send()


def send_reports():
    scheduler = BlockingScheduler()
    scheduler.add_job(report.send, "interval", seconds=10)
    scheduler.start()
