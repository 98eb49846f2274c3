"""The tasks do not run one after another."""

from celery import Celery, chain, group

app = Celery(
    "parcels", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def pick(order: int) -> dict[str, int]:
    return {"order": order, "kilograms": 3}


@app.task
def weigh(parcel: dict[str, int], price: int) -> int:
    return parcel["kilograms"] * price


@app.task
def tell(address: str) -> str:
    return f"told {address}"


def handle(order: int, address: str) -> str:
    steps = group(pick.s(order), weigh.s({"kilograms": 3}, 4), tell.s(address))
    return steps.apply_async().id
