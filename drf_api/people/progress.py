"""The progress of a batch, derived from its task's result."""

from dataclasses import dataclass
from typing import Any

from celery import current_app as app
from django_celery_results.models import TaskResult

from people.models import Batch
from people.tasks import PROGRESS
from workflows.states import State, from_celery, reason


@dataclass(frozen=True)
class Progress:
    """The state of a batch, and the number of created users, or 0 after a failure."""

    state: State
    done: int
    total: int
    error: str = ""


def progress(batch: Batch) -> Progress:
    """Return a batch's progress, with one query. A task without a result is queued."""
    row = TaskResult.objects.filter(task_id=str(batch.pk)).first()
    state = from_celery(row.status if row else None)
    result: Any = app.backend.decode(row.result) if row and row.result else None
    if state is State.SUCCEEDED:
        return Progress(state, result, batch.count)
    if state is State.FAILED:
        return Progress(state, 0, batch.count, error=reason(result))
    done = result["done"] if row and row.status == PROGRESS else 0
    return Progress(state, done, batch.count)
