"""Tasks for the tests of the page's transport."""

import time
from pathlib import Path

from celery import Celery

app = Celery("taskrunner")
app.conf.task_track_started = True


@app.task
def add(x, y):
    return x + y


@app.task
def total(numbers):
    return sum(numbers)


@app.task(
    bind=True,
    autoretry_for=(ConnectionError,),
    retry_backoff=True,
    retry_jitter=False,
    max_retries=3,
)
def unsteady(self, value):
    if self.request.retries < 1:
        raise ConnectionError("no answer")
    return value


@app.task(bind=True)
def early(self, folder):
    """Run until a file "go" exists in the folder. The message is acknowledged early."""
    return hold(self, folder)


@app.task(bind=True, acks_late=True)
def late(self, folder):
    """Run like the task `early`, but acknowledge the message late."""
    return hold(self, folder)


def hold(task, folder):
    """Create the file "started-HOSTNAME", and wait for the file "go"."""
    redelivered = bool(task.request.delivery_info.get("redelivered"))
    Path(folder, f"started-{task.request.hostname}").touch()
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    return [task.request.hostname, redelivered]
