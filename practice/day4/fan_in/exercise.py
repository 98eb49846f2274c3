"""Thumbnails in parallel, then one album.

make_album(photos) must send one task make_thumbnail for each photo. The thumbnails do
not depend on each other. When all thumbnails are ready, one task bind_album receives
the list of their files in the order of the photos. Complete make_album(): return the
id of the task bind_album. The client must not wait.
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
