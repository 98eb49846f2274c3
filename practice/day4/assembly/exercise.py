"""A chain of three tasks.

handle(order, address) runs three tasks one after another. The task pick receives the
order and returns a parcel. The task weigh receives the parcel and the price per
kilogram, 4, and returns the postage. The task tell then writes to the customer. The
only argument of tell is the address. Complete handle() so that it sends the tasks and
returns the id of the last task.
"""

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
    return ""  # your code here
