"""How far a batch has come, read from its task's result."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_celery_results.models import TaskResult

from people.models import Batch
from people.tasks import PROGRESS
from taskrunner.celery import app
from taskrunner.states import State, from_celery, reason

LOST_AFTER = timedelta(minutes=10)  # longer than a task is tried again


@dataclass(frozen=True)
class Progress:
    """A batch's state and how many of its users are done."""

    state: State
    done: int
    total: int
    error: str = ""


def progress(batch: Batch) -> Progress:
    """Ask Celery's table, once; a task that has no row yet is queued.

    One that has been silent for long is taken for lost, so that no page waits for
    ever: while the database is away, not even a failure can be written down.
    """
    row = TaskResult.objects.filter(task_id=str(batch.pk)).first()
    state = from_celery(row.status if row else None)
    result: Any = app.backend.decode(row.result) if row and row.result else None
    if state is State.SUCCEEDED:
        return Progress(state, result, batch.count)
    if state is State.FAILED:
        return Progress(state, 0, batch.count, error=reason(result))
    done = result["done"] if row and row.status == PROGRESS else 0
    silence = timezone.now() - (row.date_done if row else batch.created)
    if silence > LOST_AFTER and not state.finished:
        error = f"Nothing was heard of it for {LOST_AFTER.seconds // 60} minutes."
        return Progress(State(State.FAILED), done, batch.count, error)
    return Progress(state, done, batch.count)
