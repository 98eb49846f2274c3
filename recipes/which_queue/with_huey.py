from huey import RedisHuey, chord, crontab

import job

huey = RedisHuey("shop", url=job.REDIS)


@huey.task(retries=3, retry_delay=1)
def charge():
    job.charge()


@huey.periodic_task(crontab(minute="*"))
def report():
    job.report()


@huey.task()
def price(article):
    return job.price(article)


@huey.task()
def add_up(prices):
    job.add_up(prices)


@huey.task()
def render():
    job.render()


def send_charge():
    charge()


def send_prices():
    huey.enqueue(chord([price.s(article) for article in (1, 2, 3)], add_up.s()))


def send_render():
    render()
