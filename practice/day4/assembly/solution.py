"""A signature from s() receives the previous result; a signature from si() does not."""

from celery import Celery, chain

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
    steps = chain(pick.s(order), weigh.s(4), tell.si(address))
    return steps.apply_async().id
