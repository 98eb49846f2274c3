"""The thumbnails that cannot be sent.

order(photo, widths) sends one task that makes thumbnails of a photo. The upload page
calls it with a Path and a set of widths, and it raises an error. Nothing reaches the
worker. Find out why and repair order(). Do not change the task: it needs the path as
a text, and the widths as a list from the smallest to the largest.
"""

from pathlib import Path

from celery import Celery

app = Celery(
    "photos", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def make_thumbnails(photo: str, widths: list[int]) -> list[str]:
    name, _, kind = photo.rpartition(".")
    return [f"{name}-{width}.{kind}" for width in widths]


def order(photo: Path, widths: set[int]) -> str:
    return make_thumbnails.delay(photo, widths).id
