"""Runs that would wait for ever: find them, send them again, give up in the end.

A run is committed before it is sent, and a process may die in between. A broker may
lose what it was given, Redis most easily while it hands it out. A worker may be killed
together with the message it held. Whatever it was, sending the run again is right:
steps that have ended stay as they are, and one that is begun twice ends once.
"""

import logging
from datetime import timedelta

from celery import current_app as app
from django.conf import settings
from django.db.models import F, Max, Q
from django.utils import timezone

from delivery.base import GivenUp
from delivery.control import OperationalError
from workflows import runs
from workflows.models import Run
from workflows.states import FINISHED, State

logger = logging.getLogger(__name__)

UNFINISHED = [State.QUEUED, State.RUNNING, State.CANCELLING]


def rescue() -> dict[str, int]:
    """Send or give up every run that nothing else will move; say how many of each."""
    done = {"sent": 0, "given up": 0}
    let_go()
    for run in stuck():
        if run.sent >= settings.TASK_SENDS:
            give_up(run)
            done["given up"] += 1
        elif send_again(run):
            done["sent"] += 1
    return done


def watched():
    """Return the runs whose end was not seen yet, but for those just asked for.

    There are few of them, however many runs there have ever been: see the index.
    """
    before = timezone.now() - timedelta(seconds=settings.STUCK_AFTER)
    unseen = Run.objects.filter(watched=True, publish_error="", created_at__lt=before)
    # First which, then their states: in one, SQLite would go through all there are.
    return Run.objects.with_state().filter(pk__in=unseen.values("pk"))


def let_go() -> None:
    """Have done with the runs that are over."""
    over = watched().filter(state__in=FINISHED)
    Run.objects.filter(pk__in=over.values("pk")).update(watched=False)


def stuck():
    """Return the runs that are not over and have shown no sign for too long.

    For one whose next step was not begun that is STUCK_AFTER. A long queue is not
    taken for a loss: the task that asks waits in the same queue, and is dropped if it
    waits for RESCUE_EVERY (see schedule.py). When it runs, what was sent before it has
    been handed to a worker, which says when it begins. Or the process that should have
    sent it died.

    A step that was begun writes when it ends. If its worker dies, the broker hands it
    to another one, Redis after VISIBILITY_TIMEOUT; only then is it for us.
    """
    now = timezone.now()
    waits = now - timedelta(seconds=settings.STUCK_AFTER)
    runs_long = now - timedelta(seconds=settings.VISIBILITY_TIMEOUT + 5)
    unfinished = watched().filter(state__in=UNFINISHED)
    return unfinished.annotate(sign=Max("steps__task__date_done")).filter(
        Q(published_at=None) | Q(published_at__lt=waits),
        Q(sign=None) | Q(sign__lt=waits, active=0) | Q(sign__lt=runs_long),
    )


def send_again(run: Run) -> bool:
    """Send what is missing of a run, unless somebody else just did.

    It is written down first, so that of two that look only one sends, and no lock is
    held while the broker is asked. A broker that is away leaves the run as it was.
    """
    ours = Run.objects.filter(pk=run.pk, sent=run.sent)
    if not ours.update(sent=F("sent") + 1, published_at=timezone.now()):
        return False
    try:
        runs.send(run)
    except OperationalError:
        ours = Run.objects.filter(pk=run.pk, sent=run.sent + 1)
        ours.update(sent=run.sent, published_at=run.published_at)
        raise
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
