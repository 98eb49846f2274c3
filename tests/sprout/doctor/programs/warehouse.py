"""A task with acks_late that runs until a file exists."""

import time
from pathlib import Path

from celery import Celery

app = Celery("warehouse")


@app.task(acks_late=True, time_limit=3600)
def pack(released: str) -> None:
    while not Path(released).exists():
        time.sleep(0.1)
