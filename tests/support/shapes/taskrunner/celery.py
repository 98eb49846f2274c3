"""A task that records its execution times, for workflows of any shape."""

import json
import time

from celery import Celery

app = Celery("taskrunner")  # The broker and the backend come from the environment.


@app.task(bind=True, name="step")
def step(self, *results, fail: bool = False) -> int:
    """Record this run in Redis: the task's id, its start and its end, in seconds."""
    begin = time.monotonic()
    run = json.dumps([self.request.id, begin, time.monotonic()])
    app.backend.client.rpush("ran", run)
    if fail:
        raise ValueError("this task fails")
    return 1
