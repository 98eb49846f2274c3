from celery import Celery, chord

import job

app = Celery("shop", broker=job.REDIS, backend=job.REDIS)
app.conf.beat_schedule = {"report": {"task": "with_celery.report", "schedule": 10.0}}
if job.RECOVER:
    app.conf.task_acks_late = True
    app.conf.broker_transport_options = {"visibility_timeout": 30}


@app.task(autoretry_for=(ConnectionError,), default_retry_delay=1)
def charge():
    job.charge()


@app.task
def report():
    job.report()


@app.task
def price(article):
    return job.price(article)


@app.task
def add_up(prices):
    job.add_up(prices)


@app.task
def render():
    job.render()


def send_charge():
    charge.delay()


def send_prices():
    chord([price.s(1), price.s(2), price.s(3)])(add_up.s())


def send_render():
    render.delay()
