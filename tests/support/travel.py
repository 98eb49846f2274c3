"""An app with tasks that store their header and their stamp."""

from celery import Celery

app = Celery("travel")


def store(name, request):
    """Append a task's header and stamp to the Redis list `name`."""
    got = f"{getattr(request, 'by_header', '-')} {request.stamps.get('by_stamp', '-')}"
    app.backend.client.rpush(name, got)


@app.task(bind=True)
def first(self, *_):
    """Run as the first step of a chain, or as a member of a chord."""
    store("first", self.request)


@app.task(bind=True)
def following(self, *_):
    """Run as the second step of a chain, and publish a task."""
    store("following", self.request)
    child.delay()


@app.task(bind=True)
def child(self):
    """Run as a task that the task `following` publishes."""
    store("child", self.request)


@app.task(bind=True)
def body(self, *_):
    """Run as the body of a chord."""
    store("body", self.request)


@app.task(bind=True)
def retried(self):
    """Run twice: the first attempt requests a retry."""
    store("retried", self.request)
    if not self.request.retries:
        raise self.retry(countdown=0)
