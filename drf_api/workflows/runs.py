"""What can be done with a run: start, cancel and retry it.

Each writes its rows, then speaks to the broker when they are committed, so that no
worker sees a task whose run is not there yet, and no row is lost to a broken broker.
"""

import json
import logging

from celery import chain, states
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from delivery import control
from web.problems import Conflict, Unavailable, Unprocessable
from workflows import tasks
from workflows.models import Run, Step
from workflows.testcases import TESTCASES

logger = logging.getLogger(__name__)

TASKS = {"add": tasks.add, "sub": tasks.sub, "mul": tasks.mul, "div": tasks.div}


def start(testcase, job_data, owner=None, key="", retry_of=None) -> Run:
    """Write a run down, publish it and return it.

    The same key again gives the same run, and publishes it only if that did not work
    before. Raises Unavailable if the broker is away, or another request with this key
    still sends the run, and Unprocessable if the key came with another testcase or
    other data.
    """
    run = Run(
        testcase=testcase,
        job_data=job_data,
        owner=owner,
        idempotency_key=key,
        retry_of=retry_of,
    )
    steps = [
        Step(run=run, position=position, name=name, numbers=job_data[name])
        for position, name in enumerate(TESTCASES[testcase])
    ]
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            Step.objects.bulk_create(steps)
            transaction.on_commit(lambda: publish(run))
    except IntegrityError:
        if not key:
            raise
        run = Run.objects.get(owner=owner, idempotency_key=key)
        if (run.testcase, run.job_data) != (testcase, job_data):
            raise Unprocessable("This key came with other data before.") from None
        # Of several that ask again for one with an error, the first sends it.
        unsent = Run.objects.filter(pk=run.pk).exclude(publish_error="")
        if unsent.update(publish_error=""):
            publish(run)
        elif not run.published_at and not run.cancel_requested_at:
            # That may still fail, so it is not accepted. Should the process that sends
            # it have died, rescue.py will send it.
            raise Unavailable("This run is being sent; ask again.") from None
    return Run.objects.full().get(pk=run.pk)


def publish(run: Run) -> None:
    """Send a run for the first time, or after that did not work.

    Raises Unavailable, and marks the run, if the broker is away.
    """
    try:
        send(run)
    except control.OperationalError as error:
        logger.error("run %s was not published: %s", run.id, error)
        reason = "The broker could not be reached."
        # Not if it took so long that rescue.py has sent it meanwhile.
        unsent = Run.objects.filter(pk=run.pk, published_at=None)
        unsent.update(publish_error=reason)
        raise Unavailable(reason) from error
    run.sent = F("sent") + 1
    run.published_at = timezone.now()
    run.save(update_fields=["sent", "published_at"])


def send(run: Run) -> None:
    """Send the first step that is missing; whoever ends a step sends the next one.

    Safe at any time: a step that is sent twice has its result once, see base.py.
    Raises kombu's OperationalError if the broker is away.
    """
    missing, before = [], []
    for step in run.steps.select_related("task").order_by("position"):
        if step.task and step.task.status == states.SUCCESS:
            before = [json.loads(step.task.result)]
        else:
            signature = TASKS[step.name].s(*before, *step.numbers)
            missing.append(signature.set(task_id=step.task_id))
            before = []
    if missing:
        with control.publishing():
            chain(missing).apply_async()


def cancel(run: Run) -> None:
    """Ask for a run's end: what runs is terminated, what waits will not begin.

    Raises Conflict if it has ended. Asking again changes nothing.
    """
    if run.finished:
        raise Conflict(f"The run is already over: {run.state}.")
    asked = Run.objects.filter(pk=run.pk, cancel_requested_at=None)
    asked.update(cancel_requested_at=timezone.now())
    try:
        ids = [step.task_id for step in run.steps.all()]
        control.revoke(ids)
    except control.OperationalError as error:
        # No matter: the tasks themselves ask before they start.
        logger.warning("run %s: the workers were not told: %s", run.id, error)


def retry(run: Run, owner=None) -> Run:
    """Start a new run with the data of one that has ended, and return the new one.

    Raises Conflict if it has not ended, and whatever start() raises.
    """
    if not run.finished:
        raise Conflict(f"The run is still {run.state}.")
    return start(run.testcase, run.job_data, owner, retry_of=run)
