import json
import os
import uuid
from urllib.request import Request, urlopen

from celery import Celery

BANK = os.environ.get("BANK_URL", "http://localhost:8000")

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_acks_late = True
app.conf.broker_transport_options = {"visibility_timeout": 5}  # seconds


def ask_bank(order, key):
    request = Request(
        f"{BANK}/charges",
        data=json.dumps({"order": order}).encode(),
        headers={"Idempotency-Key": key},
    )
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


RETRY = {
    "autoretry_for": (OSError,),
    "retry_kwargs": {"max_retries": 5, "countdown": 0.5},
}


@app.task(**RETRY)
def charge_carelessly(order):
    return ask_bank(order, key=str(uuid.uuid4()))


@app.task(**RETRY)
def charge(order):
    return ask_bank(order, key=f"charge-{order}")
