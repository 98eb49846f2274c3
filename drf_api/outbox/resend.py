"""Messages whose task would never end: find them, send them again, give up at last.

A process may die after it has written a message down and before it has sent it. Redis
may hand a message to a worker that dies in that moment. Whatever it was, sending it
again is right: see base.py.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from outbox.models import Message
from taskrunner.base import GivenUp
from taskrunner.celery import app
from taskrunner.control import OperationalError, publishing

logger = logging.getLogger(__name__)


def resend(queue: str) -> dict[str, int]:
    """Send again, or give up, what is lost of a queue; say how many of each."""
    done = {"sent": 0, "given up": 0}
    for message in lost(queue):
        known = message.task in app.tasks  # else it was renamed, or is gone
        if message.sent >= settings.TASK_SENDS or not known:
            give_up(message)
            done["given up"] += 1
        elif send_again(message):
            done["sent"] += 1
    return done


def lost(queue: str):
    """Return the messages that nothing else will move.

    One that was not begun STUCK_AFTER seconds after it was sent. A long queue is not
    taken for a loss: whoever asks has waited in the same queue, and not for longer than
    RESCUE_EVERY (see schedule.py), so what was sent before has been handed out.

    One that was begun, and has not ended although no task may take so long, and though
    the broker has had the time to hand it to another worker.
    """
    now = timezone.now()
    waits = now - timedelta(seconds=settings.STUCK_AFTER)
    runs_long = now - timedelta(seconds=settings.VISIBILITY_TIMEOUT + 5)
    return Message.objects.filter(queue=queue, ended_at=None, sent_at__lt=waits).filter(
        Q(begun_at=None) | Q(begun_at__lt=runs_long)
    )


def send_again(message: Message) -> bool:
    """Send a message, unless somebody else just did.

    It is written down first, so that of two that look only one sends. A broker that is
    away leaves the message as it was, and raises OperationalError.
    """
    ours = Message.objects.filter(pk=message.pk, sent=message.sent)
    if not ours.update(sent=F("sent") + 1, sent_at=timezone.now(), begun_at=None):
        return False
    try:
        with publishing():
            app.tasks[message.task].send_again(message)
    except OperationalError:
        message.save(update_fields=["sent", "sent_at", "begun_at"])
        raise
    logger.warning("%s: sent again, for time %s", message, message.sent + 1)
    return True


def give_up(message: Message) -> None:
    """End a message's task: its result says why."""
    logger.error("%s is given up: sent %s times", message, message.sent)
    reason = f"sent {message.sent} times, and no worker finished it"
    app.backend.mark_as_failure(message.task_id, GivenUp(reason))
    Message.objects.filter(pk=message.pk).update(ended_at=timezone.now())
