"""Runs that would wait for ever: find them, send them again, give up in the end.

A run is committed before it is sent, and a process may die in between. A broker may
lose what it was given. A worker may be killed together with the message it held.
Whatever it was, sending the run again is right: steps that have ended stay as they are.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from taskrunner.celery import app
from taskrunner.states import State
from workflows import runs
from workflows.base import GivenUp
from workflows.models import Run

logger = logging.getLogger(__name__)

UNFINISHED = [State.QUEUED, State.RUNNING, State.CANCELLING]


def rescue() -> dict[str, int]:
    """Send or give up every run that nothing else will move; say how many of each."""
    done = {"sent": 0, "given up": 0}
    for run in [*unpublished(), *stuck()]:
        if run.sent >= settings.RUN_SENDS:
            give_up(run)
            done["given up"] += 1
        elif send_again(run):
            done["sent"] += 1
    return done


def unpublished():
    """Return the runs whose process died between writing them down and sending them."""
    before = timezone.now() - timedelta(seconds=settings.UNSENT_AFTER)
    return Run.objects.filter(
        published_at=None,
        publish_error="",
        cancel_requested_at=None,
        created_at__lt=before,
    )


def stuck():
    """Return the runs that were sent, are not over, and have long shown no sign.

    A long queue is not taken for a loss. The task that asks waits in the same queue,
    and is dropped if it waits for more than a few seconds (see schedule.py): when it
    runs, what was sent before it has been handed to a worker. That worker writes when
    it begins and when it ends, or is dead, and then the broker hands the message to
    another. STUCK_AFTER is longer than all of this takes.
    """
    before = timezone.now() - timedelta(seconds=settings.STUCK_AFTER)
    sent = Run.objects.filter(published_at__lt=before).with_state()
    silent = sent.annotate(sign=Max("steps__task__date_done"))
    return silent.filter(Q(sign=None) | Q(sign__lt=before), state__in=UNFINISHED)


def send_again(run: Run) -> bool:
    """Send what is missing of a run, unless somebody else just did."""
    with transaction.atomic():  # a broker that is away leaves the run as it was
        ours = Run.objects.filter(pk=run.pk, sent=run.sent)
        if not ours.update(sent=F("sent") + 1, published_at=timezone.now()):
            return False
        runs.send(run)
    logger.warning("run %s: sent again, for time %s", run.id, run.sent + 1)
    return True


def give_up(run: Run) -> None:
    """End a run: the step that is missing says why."""
    steps = run.steps.select_related("task").order_by("position")
    step = next((step for step in steps if not step.ended), None)
    if step is None:  # it ended after all, while we looked
        return
    logger.error("run %s is given up: sent %s times", run.id, run.sent)
    if run.cancel_requested_at:
        app.backend.mark_as_revoked(step.task_id, "cancelled")
    else:
        reason = f"sent {run.sent} times, and no worker finished it"
        app.backend.mark_as_failure(step.task_id, GivenUp(reason))
