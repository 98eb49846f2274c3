import time

from celery import Celery
from celery.schedules import crontab
from redis import Redis

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.timezone = "Europe/Berlin"
app.conf.beat_schedule = {
    "every night": {"task": "shop.report", "schedule": crontab(hour=2, minute=0)},
    "every 5 seconds": {"task": "shop.report", "schedule": 5.0},  # for demonstration
}


@app.task
def report():
    lock = Redis.from_url(app.conf.result_backend).lock("report", timeout=60)
    if not lock.acquire(blocking=False):
        return "skipped: another report is running"
    try:
        time.sleep(2)
    finally:
        lock.release()
    return "report made"
