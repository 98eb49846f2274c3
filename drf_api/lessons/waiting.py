"""A task must not wait for another: it keeps the process that the other needs."""

from celery.exceptions import TimeoutError
from celery.result import allow_join_result

from lessons import app

PATIENCE = 3  # seconds; without a limit it would be for ever


@app.task
def fetch():
    return "a page"


@app.task
def count(page):
    return len(page)


@app.task
def fetch_and_count():
    with allow_join_result():  # Celery refuses to wait here, unless told not to
        return count(fetch.delay().get(timeout=PATIENCE))


def main():
    try:
        print("waiting inside:", fetch_and_count.delay().get(timeout=PATIENCE + 10))
    except TimeoutError as error:
        print("waiting inside:", error)
    print("one, then the other:", (fetch.s() | count.s())().get(timeout=10))
