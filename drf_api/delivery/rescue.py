"""Messages whose task would never end: find them, send them again, give up at last.

A process may die after it has written a message down and before it has sent it. Redis
may hand a message to a worker that dies in that moment. Whatever it was, sending it
again is right: see base.py.
"""

import logging
from datetime import timedelta

from celery import current_app as app
from celery.app.task import Context
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from delivery.base import GivenUp
from delivery.control import OperationalError, publishing
from delivery.models import Message
from delivery.outbox import OutboxTask

logger = logging.getLogger(__name__)

AT_ONCE = 500  # messages: more are left for the next time, soon


def resend(queue: str) -> dict[str, int]:
    """Send again, or give up, what is lost of a queue; say how many of each."""
    done = {"sent": 0, "given up": 0}
    for message in lost(queue)[:AT_ONCE]:
        task = app.tasks.get(message.task)  # it may have been renamed since
        if message.sent >= settings.TASK_SENDS or not isinstance(task, OutboxTask):
            done["given up"] += give_up(message)
        else:
            done["sent"] += send_again(message, task)
    return done


def lost(queue: str):
    """Return the messages that nothing else will move, the oldest first.

    One that was not begun STUCK_AFTER seconds after it was sent. A long queue is not
    taken for a loss: whoever asks has waited in the same queue, and not for longer than
    RESCUE_EVERY (see schedule.py), so what was sent before has been handed out.

    One that was begun, and has not ended although no task may take so long, and though
    the broker has had the time to hand it to another worker.
    """
    now = timezone.now()
    waits = now - timedelta(seconds=settings.STUCK_AFTER)
    runs_long = now - timedelta(seconds=settings.VISIBILITY_TIMEOUT + 5)
    found = Message.objects.filter(queue=queue, ended_at=None, sent_at__lt=waits)
    found = found.filter(Q(begun_at=None) | Q(begun_at__lt=runs_long))
    return found.order_by("sent_at")


def unchanged(message: Message):
    """Select a message's row, unless it was sent, begun or ended since it was read."""
    return Message.objects.filter(
        pk=message.pk, sent=message.sent, begun_at=message.begun_at, ended_at=None
    )


def send_again(message: Message, task: OutboxTask) -> bool:
    """Send a message, if nobody else has just done so; say whether.

    It is written down first, so that of two that look only one sends. A broker that is
    away leaves the message as it was, and raises OperationalError.
    """
    now = timezone.now()
    if not unchanged(message).update(sent=F("sent") + 1, sent_at=now, begun_at=None):
        return False
    try:
        with publishing():
            task.send_again(message)
    except OperationalError:
        unsent = Message.objects.filter(pk=message.pk, sent_at=now, begun_at=None)
        unsent.update(
            sent=message.sent, sent_at=message.sent_at, begun_at=message.begun_at
        )
        raise
    except Exception:  # other arguments, since a deployment; the others go on
        logger.exception("%s cannot be sent again", message)
        return False
    logger.warning("%s: sent again, for time %s", message, message.sent + 1)
    return True


def give_up(message: Message) -> bool:
    """End a message's task, unless it goes on; its result says why."""
    reason = f"sent {message.sent} times, and no worker finished it"
    with transaction.atomic():
        if not unchanged(message).update(ended_at=timezone.now()):
            return False
        request = Context(
            id=message.task_id,
            task=message.task,
            args=message.args,
            kwargs=message.kwargs,
        )
        app.backend.mark_as_failure(message.task_id, GivenUp(reason), request=request)
    logger.error("%s is given up: %s", message, reason)
    return True
