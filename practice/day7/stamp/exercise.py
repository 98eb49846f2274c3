"""Stamp the messages of a chain.

The support desk must see in each message which clerk requested the work. Do not add a
parameter to the tasks. Complete refund(order, clerk): send check_order(order) and
pay_back() in a chain, with the stamp "clerk" in each message, and return the id of the
last task.
"""

from celery import Celery, Task, chain

app = Celery(
    "refunds", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(bind=True)
def check_order(self: Task, order: int) -> dict:
    return {"order": order, "asked": [self.request.stamps]}


@app.task(bind=True)
def pay_back(self: Task, checked: dict) -> dict:
    checked["asked"].append(self.request.stamps)
    return checked


def refund(order: int, clerk: str) -> str:
    return ""  # your code here
