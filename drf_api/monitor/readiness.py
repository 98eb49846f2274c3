"""The readiness check of the database, the broker and the workers."""

from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connection

from monitor.overview import OperationalError, eviction_policy, overview

LIMIT = 1.0  # seconds for all checks together


def missing() -> dict[str, str]:
    """Return the problem of each failed part, without addresses and passwords."""
    threads = ThreadPoolExecutor(2)
    asked = {
        threads.submit(database): "database",
        threads.submit(broker_and_workers): "broker",
    }
    done, late = wait(asked, LIMIT)
    threads.shutdown(wait=False)  # a check that hangs ends at its own time limit
    found = {asked[check]: f"no answer within {LIMIT:.0f} s" for check in late}
    for check in done:
        found |= check.result()
    return dict(sorted(found.items()))


def database() -> dict[str, str]:
    """Check the database with a minimal query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # drivers raise different exceptions; none may cause a 500
        return {"database": "no answer"}
    finally:
        connection.close()  # this thread's own connection
    return {}


def broker_and_workers() -> dict[str, str]:
    """Check the broker, its eviction policy, and the consumers of each queue."""
    try:
        consumed, waiting = overview(LIMIT / 2)
        policy = eviction_policy(LIMIT / 2)
    except OperationalError:
        return {"broker": "no answer"}
    if policy:
        return {"broker": f"maxmemory-policy {policy} deletes messages"}
    served = {queue for queues in consumed.values() for queue in queues}
    if unserved := sorted(waiting.keys() - served):
        return {"workers": f"no worker consumes the queue {' or '.join(unserved)}"}
    return {}
