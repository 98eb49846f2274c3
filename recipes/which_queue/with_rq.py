from redis import Redis
from rq import Queue, Retry, get_current_job

import job

queue = Queue(connection=Redis.from_url(job.REDIS))


def add_up():
    done = get_current_job().fetch_dependencies()
    job.add_up([each.return_value() for each in done])


def send_charge():
    queue.enqueue(job.charge, retry=Retry(max=3, interval=1))


def send_prices():
    prices = [queue.enqueue(job.price, article) for article in (1, 2, 3)]
    queue.enqueue(add_up, depends_on=prices)


def send_render():
    queue.enqueue(job.render, retry=Retry(max=3) if job.RECOVER else None)
