"""The operations on runs: start, cancel and retry."""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from delivery.broker import OperationalError, revoke
from delivery.errors import Conflict
from workflows.models import Run, Step
from workflows.testcases import TESTCASES

logger = logging.getLogger(__name__)


def start(testcase, job_data, owner=None, key="", retry_of=None) -> Run:
    """Save a run and its steps, publish the first step on commit, and return the run.

    Calls with the same `key` return the same run: see Delivery.repeat_earlier().
    Raises NotPublished if the broker is unreachable.
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
        return run.repeat_earlier()
    return run


def cancel(run: Run) -> None:
    """Cancel a run. Workers terminate its running step and do not start later steps.

    The call is idempotent. Raises Conflict if the run has ended.
    """
    if run.finished:
        raise Conflict(f"The run has already ended: {run.state}.")
    asked = Run.objects.filter(pk=run.pk, cancel_requested_at=None)
    asked.update(cancel_requested_at=timezone.now())
    try:
        revoke([step.task_id for step in run.known_steps])
    except OperationalError as error:
        # Later steps do not run, because each task reads its run before it starts.
        logger.warning("run %s: the workers were not notified: %s", run.id, error)


def retry(run: Run, owner=None, key="") -> Run:
    """Start a new run with a finished run's data, and return the new run.

    Raises Conflict if the run has not ended. Also raises the exceptions of start().
    """
    if not run.finished:
        raise Conflict(f"The run is still {run.state}.")
    return start(run.testcase, run.job_data, owner, key, retry_of=run)
