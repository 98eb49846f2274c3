import time

from celery import Celery
from celery.contrib.abortable import AbortableTask

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_track_started = True


@app.task
def render_invoice(seconds):
    time.sleep(seconds)
    return "rendered"


@app.task(bind=True, base=AbortableTask)
def render_catalogue(self):
    for _page in range(100):
        if self.is_aborted():
            return "stopped between two pages, nothing is half done"
        time.sleep(0.2)
    return "rendered"
