import time

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1
app.conf.worker_soft_shutdown_timeout = 2  # seconds; used by SIGQUIT only
app.conf.beat_schedule = {
    "report": {"task": "shop.render_catalogue", "schedule": 60.0, "args": [1]},
}


@app.task
def render_catalogue(pages: int) -> str:
    for _ in range(pages):
        time.sleep(0.5)
    return f"{pages} pages"
