import time

from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task(
    bind=True,
    autoretry_for=(ConnectionError,),
    retry_kwargs={"countdown": 1},
)
def render_invoices(self, count, fail_at=None):
    for done in range(count):
        self.update_state(state="PROGRESS", meta={"done": done, "total": count})
        time.sleep(1)
        if done == fail_at and self.request.retries == 0:
            raise ConnectionError("the printer is off")
    return f"{count} invoices"
