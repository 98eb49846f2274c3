"""Arguments that are not JSON.

order(photo, widths) sends one task that makes thumbnails of a photo. The upload page
calls order() with a Path and a set of widths. The call raises an error, and the worker
receives nothing. Find the cause and repair order(). Do not change the task, which
expects the path as a string and the widths as a list in ascending order.
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
