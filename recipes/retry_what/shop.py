import os
from urllib.error import HTTPError
from urllib.request import urlopen

from celery import Celery

SUPPLIER = os.environ.get("SUPPLIER_URL", "http://localhost:8000")

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


class NoPrice(OSError):
    """The task did not get a price, and must not be retried."""


@app.task(
    bind=True,
    autoretry_for=(OSError,),
    dont_autoretry_for=(NoPrice,),
    max_retries=2,
    retry_backoff=True,  # delays of at most 1, 2, 4 ... seconds
    retry_jitter=True,  # a random delay up to that maximum (the default)
)
def fetch_price(self, product):
    try:
        with urlopen(f"{SUPPLIER}/{product}", timeout=5) as answer:
            return answer.read().decode()
    except HTTPError as error:
        if error.code == 429:
            seconds = int(error.headers["Retry-After"])
            raise self.retry(
                countdown=seconds, exc=NoPrice("too many requests")
            ) from error
        if error.code < 500:
            raise NoPrice(f"{product}: the supplier answers {error.code}") from error
        if self.request.retries == self.max_retries:
            raise NoPrice(f"{product}: {error.code}, 3 times; giving up") from error
        raise
