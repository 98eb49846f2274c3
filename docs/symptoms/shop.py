"""A shop whose tasks and schedule each have one fault: see docs/troubleshooting.md."""

import os
import signal
from pathlib import Path

from celery import Celery, chain, chord, group
from celery.schedules import crontab

app = Celery(
    "shop",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
)

app.conf.update(
    result_expires=1,  # one second, so that the result expires soon
    broker_transport_options={
        "visibility_timeout": 2,  # seconds, instead of an hour
        "unacked_restore_interval": 1,  # seconds between searches for such messages
        "unacked_restore_throttle": 1,
    },
    beat_schedule={
        "news": {
            "task": "shop.send_news",
            "schedule": 1.0,
            "options": {"queue": "mails"},  # no worker consumes this queue
        },
        "report": {"task": "shop.send_news", "schedule": crontab(hour=9, minute=0)},
    },
)


@app.task
def send_news():
    return "sent"


@app.task
def render_invoice(number):
    return Path(f"invoice-{number}.pdf")


@app.task
async def send_mail(address):
    return f"mail for {address}"


@app.task
def take_order(number):
    return render_invoice.delay(number).get()


@app.task
def resize_photo():
    os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out


@app.task
def remind(customer):
    return f"reminded {customer}"


@app.task
def price(article):
    return article * 10


@app.task
def add_up(prices):
    return sum(prices)


def buy(articles):
    return chain(group(price.s(each) for each in articles), add_up.s()).delay()


def buy_any_number(articles):
    return chord((price.s(each) for each in articles), add_up.s()).delay()
