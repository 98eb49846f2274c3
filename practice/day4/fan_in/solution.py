"""In a chord, Celery sends the last task when all tasks of the group have succeeded."""

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
    thumbnails = [make_thumbnail.s(photo) for photo in photos]
    # A chain turns a group with one photo into a task, so bind_album gets no list.
    return chord(thumbnails, bind_album.s()).apply_async().id
