"""Find what was lost, publish it again, give it up in the end.

A process may die after it has written a row and before it has published. A broker may
lose a message, Redis most easily during delivery. A worker may be killed together with
the message that it held. Publishing again is right in each case: what has ended stays
as it is, and what begins twice ends once.
"""

import logging

from django.apps import apps
from django.conf import settings
from django.db.models import F
from django.utils import timezone

from delivery.broker import OperationalError, publishing
from delivery.models import Delivery

logger = logging.getLogger(__name__)

AT_ONCE = 500  # rows: more are left for the next time, soon


def redeliver(queue: str) -> dict[str, int]:
    """Publish again, or give up, what a queue has lost; return how many of each."""
    done = {"sent": 0, "given up": 0}
    for model in apps.get_models():
        if issubclass(model, Delivery):
            for row in model.lost(queue)[:AT_ONCE]:
                if row.sent >= settings.TASK_SENDS or not row.deliverable:
                    done["given up"] += give_up(row)
                else:
                    done["sent"] += send_again(row)
    return done


def send_again(row: Delivery) -> bool:
    """Publish a row again, unless another process did; return whether it was published.

    The row is changed first, so that of two that look only one publishes. No lock is
    held while the broker is asked. If the broker is unreachable the row is left as it
    was, and OperationalError is raised.
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
    except Exception:  # other arguments or names, since a deployment; the others go on
        logger.exception("%s cannot be published again", row)
        return False
    logger.warning("%s: published again, for time %s", row, row.sent + 1)
    return True


def give_up(row: Delivery) -> bool:
    """End what was published often enough; its result says why. Return whether."""
    reason = f"sent {row.sent} times, and no worker finished it"
    if not row.end(reason):
        return False
    logger.error("%s is given up: %s", row, reason)
    return True
