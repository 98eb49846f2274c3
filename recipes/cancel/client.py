import time

from celery.exceptions import TaskRevokedError

from shop import render_catalogue, render_invoice


def wait_until_started(result):
    while result.state != "STARTED":
        time.sleep(0.1)


def outcome(result):
    try:
        return result.get(timeout=20)
    except TaskRevokedError as error:
        return f"{result.state}: {error}"


running, queued = render_invoice.delay(60), render_invoice.delay(0)
wait_until_started(running)
queued.revoke()
running.revoke(terminate=True)
print("running:", outcome(running))
print("queued:", outcome(queued))

catalogue = render_catalogue.delay()
wait_until_started(catalogue)
catalogue.abort()
print("cooperative:", outcome(catalogue))
