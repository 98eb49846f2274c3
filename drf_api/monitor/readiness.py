"""Whether the application can do its work: database, broker and workers are there."""

from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connection

from monitor.overview import OperationalError, forgetful, overview

LIMIT = 1.0  # seconds for all of it


def missing() -> dict[str, str]:
    """Return what is missing and how it shows, never with an address or a password."""
    threads = ThreadPoolExecutor(2)
    asked = {
        threads.submit(database): "database",
        threads.submit(broker_and_workers): "broker",
    }
    done, late = wait(asked, LIMIT)
    threads.shutdown(wait=False)  # a hanging check ends by its own time limit
    found = {asked[check]: f"no answer within {LIMIT:.0f} s" for check in late}
    for check in done:
        found |= check.result()
    return dict(sorted(found.items()))


def database() -> dict[str, str]:
    """Ask the database for next to nothing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # each driver has its own, and none may become a 500
        return {"database": "no answer"}
    finally:
        connection.close()  # this thread's own
    return {}


def broker_and_workers() -> dict[str, str]:
    """Ask the workers, by way of the broker, which queues they take."""
    try:
        taken, waiting = overview(LIMIT / 2)
        policy = forgetful(LIMIT / 2)
    except OperationalError:
        return {"broker": "no answer"}
    if policy:
        return {"broker": f"it drops messages when full, by maxmemory-policy {policy}"}
    served = {queue for queues in taken.values() for queue in queues}
    if unserved := sorted(waiting.keys() - served):
        return {"workers": f"no worker consumes the queue {' or '.join(unserved)}"}
    return {}
