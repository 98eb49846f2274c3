"""Build a chain from data.

Customers choose the steps for a parcel: a list such as ["wrap", "label"], and a dict
with the details of each step. Complete send(): send a chain of the tasks in this order,
and return the id of the last task. The first task receives the parcel and the details
of its step. Each later task receives the result of the previous task and the details of
its step. If there is no task for a step, raise ValueError before sending a message.
"""

from celery import Celery, chain

app = Celery(
    "parcels", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def wrap(parcel: str, paper: str) -> str:
    return f"{parcel}, wrapped in {paper}"


@app.task
def label(parcel: str, address: str) -> str:
    return f"{parcel}, to {address}"


@app.task
def insure(parcel: str, cents: int) -> str:
    return f"{parcel}, insured for {cents}"


TASKS = {"wrap": wrap, "label": label, "insure": insure}


def send(parcel: str, steps: list[str], details: dict) -> str:
    return ""  # your code here
