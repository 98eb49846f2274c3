"""A JSON message can contain strings and lists, but not a Path or a set."""

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
    return make_thumbnails.delay(str(photo), sorted(widths)).id
