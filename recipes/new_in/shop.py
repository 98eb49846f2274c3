import os
import signal
import time

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_track_started = True
app.conf.result_expires = 3600  # seconds
app.conf.result_failure_expires = 7 * 24 * 3600
app.conf.result_chord_expires = 600
app.conf.worker_pool_start_method = os.environ.get("START_METHOD", "fork")
app.conf.worker_eta_task_limit = int(os.environ.get("ETA_LIMIT", "0")) or None
loaded_by = os.getpid()


@app.task
def start_method() -> str:
    return "fork" if loaded_by != os.getpid() else "spawn"


@app.task
def charge(order: int) -> str:
    if order == 13:
        raise ValueError("no card")
    return f"charged {order}"


@app.task(bind=True, retry_on_worker_lost=True, max_retries=2, default_retry_delay=1)
def render(self, order: int) -> str:
    if self.request.retries == 0 or order == 14:
        os.kill(os.getpid(), signal.SIGKILL)  # as Linux does when memory runs out
    return f"invoice {order}"


@app.task
def slow(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
