"""Find lost messages and publish them again, a limited number of times.

A process may die between writing a row and publishing the message. The broker may lose
a message. A worker may be killed before it acknowledges a message. Publishing again is
safe in each case, because tasks claim their rows and only the first result is stored.
"""

import logging
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from delivery.broker import OperationalError, publishing
from delivery.models import Delivery

logger = logging.getLogger(__name__)

BATCH = 500  # rows; the next search finds the remaining rows


def redeliver(queue: str) -> dict[str, int]:
    """Publish a queue's lost messages again, or give up on them. Return both counts."""
    done = {"sent": 0, "given up": 0}
    for row in lost_rows(queue):
        if row.sent >= settings.TASK_SENDS or not row.deliverable:
            done["given up"] += give_up(row)
        else:
            done["sent"] += send_again(row)
    return done


def lost_rows(queue: str) -> Iterator[Delivery]:
    """Yield a queue's lost rows, at most BATCH rows per model."""
    for model in apps.get_models():
        if issubclass(model, Delivery):
            yield from model.lost(queue)[:BATCH]


def send_again(row: Delivery) -> bool:
    """Publish a row again. Return False if the row is not published.

    The row is updated first, so that only one of several concurrent searches publishes
    it. No lock is held during publishing. Raises OperationalError, after undoing the
    update, if the broker is unreachable.
    """
    now = timezone.now()
    changes = {"sent": F("sent") + 1, "published_at": now, **row.WATCH}
    if not row.unchanged().update(**changes):
        return False
    try:
        with publishing():
            row.send()
    except OperationalError:
        ours = type(row)._default_manager.filter(pk=row.pk, published_at=now)
        ours.update(sent=row.sent, published_at=row.published_at)
        raise
    except Exception:  # for example, a new release changed the arguments
        logger.exception("%s cannot be published again", row)
        return False
    logger.warning("%s: published again, %s times in all", row, row.sent + 1)
    return True


def give_up(row: Delivery) -> bool:
    """Store a final state and return True.

    Returns False if the work has already ended or another process changed the row.
    """
    reason = f"sent {row.sent} times, and no worker finished it"
    if not row.end(reason):
        return False
    logger.error("Gave up on %s: %s", row, reason)
    return True
