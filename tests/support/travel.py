"""An app whose tasks store what reached them by a header and by a stamp."""

from celery import Celery

app = Celery("travel")


def store(name, request):
    """Keep what a task got in a list in Redis, under the task's name."""
    got = f"{getattr(request, 'by_header', '-')} {request.stamps.get('by_stamp', '-')}"
    app.backend.client.rpush(name, got)


@app.task(bind=True)
def first(self, *_):
    """Be the first step of a chain, or a member of a chord."""
    store("first", self.request)


@app.task(bind=True)
def following(self, *_):
    """Be the second step of a chain, and publish a task."""
    store("following", self.request)
    child.delay()


@app.task(bind=True)
def child(self):
    """Be published by a task."""
    store("child", self.request)


@app.task(bind=True)
def body(self, *_):
    """Be the last task of a chord."""
    store("body", self.request)


@app.task(bind=True)
def retried(self):
    """Run twice."""
    store("retried", self.request)
    if not self.request.retries:
        raise self.retry(countdown=0)
