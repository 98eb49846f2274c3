"""A stamp is a header in all messages of the workflow."""

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
    steps = chain(check_order.s(order), pay_back.s())
    steps.stamp(clerk=clerk)
    return steps.apply_async().id
