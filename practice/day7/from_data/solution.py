"""You can build a chain from any sequence of signatures. Validate the data first."""

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
    for step in steps:
        if step not in TASKS:
            raise ValueError(f"there is no step {step}")
    first, *later = steps
    signatures = [TASKS[first].s(parcel, details[first])]
    signatures += [TASKS[step].s(details[step]) for step in later]
    return chain(signatures).apply_async().id
