"""A parcel's way, from data.

Customers choose what happens to a parcel: a list of steps, such as ["wrap",
"label"], and the details of each step in a dict. Complete send(): build a chain of
the tasks in this order, and send it. The first step gets the parcel and its own
details; each later step gets the result of the step before and its own details.
Return the id of the last task. If a step has no task, raise ValueError and send
nothing.
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
