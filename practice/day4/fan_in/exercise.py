"""Thumbnails in parallel, then one album.

make_album(photos) must send one make_thumbnail task for each photo. The thumbnails do
not depend on each other. When all thumbnails are ready, a single bind_album task
receives the list of their files in the order of the photos. Complete make_album() so
that it returns the id of the bind_album task without waiting.
"""

from celery import Celery, chain, chord, group

app = Celery(
    "photos", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def make_thumbnail(photo: str) -> str:
    return photo.replace(".jpg", ".png")


@app.task
def bind_album(files: list[str]) -> str:
    if not isinstance(files, list):
        raise TypeError(f"bind_album needs a list of files, not {files!r}")
    return " ".join(files)


def make_album(photos: list[str]) -> str:
    return ""  # your code here
