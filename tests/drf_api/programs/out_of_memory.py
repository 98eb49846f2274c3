"""A Celery app without this project's workarounds."""

from celery import Celery

app = Celery("out_of_memory")


@app.task(acks_late=True)
def fail():
    """Fail like a task that cannot allocate memory."""
    raise MemoryError
