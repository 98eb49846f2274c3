"""What can be done with a run: start, cancel and retry it."""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from delivery.broker import OperationalError, revoke
from delivery.errors import KeyReused
from web.problems import Conflict
from workflows.models import Run, Step
from workflows.testcases import TESTCASES

logger = logging.getLogger(__name__)


def start(testcase, job_data, owner=None, key="", retry_of=None) -> Run:
    """Write a run and its steps, publish the first step on commit, return the run.

    The same key again gives the same run: see repeat(). Raises NotPublished if the
    broker is unreachable.
    """
    run = Run(testcase=testcase, job_data=job_data, owner=owner)
    run.idempotency_key, run.retry_of = key, retry_of
    run.new_steps(TESTCASES[testcase])
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            Step.objects.bulk_create(run.known_steps)
            run.publish_on_commit()
    except IntegrityError:
        if not key:
            raise
        return repeat(run)
    return run


def repeat(run: Run) -> Run:
    """Return the run that came with the same key before; publish it if that failed.

    Raises KeyReused if that run is another one, and NotPublished if it cannot be
    published now, or while the first request is still publishing it.
    """
    earlier = Run.objects.full().get(
        owner=run.owner, idempotency_key=run.idempotency_key
    )
    for field in ("testcase", "job_data", "retry_of_id"):
        if getattr(earlier, field) != getattr(run, field):
            raise KeyReused("This key came with other data before.")
    earlier.repeat()
    return Run.objects.full().get(pk=earlier.pk)


def cancel(run: Run) -> None:
    """Ask for a run's end: what runs is terminated, what waits will not begin.

    Raises Conflict if it has ended. Asking again changes nothing.
    """
    if run.finished:
        raise Conflict(f"The run is already over: {run.state}.")
    asked = Run.objects.filter(pk=run.pk, cancel_requested_at=None)
    asked.update(cancel_requested_at=timezone.now())
    try:
        revoke([step.task_id for step in run.known_steps])
    except OperationalError as error:
        # No matter: the tasks themselves ask before they start.
        logger.warning("run %s: the workers were not told: %s", run.id, error)


def retry(run: Run, owner=None, key="") -> Run:
    """Start a new run with the data of one that has ended, and return the new one.

    Raises Conflict if it has not ended, and whatever start() raises.
    """
    if not run.finished:
        raise Conflict(f"The run is still {run.state}.")
    return start(run.testcase, run.job_data, owner, key, retry_of=run)
