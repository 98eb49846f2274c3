"""The states, declared once, for the API, the pages and the admin alike."""

from celery import states as celery_states
from django.db.models import TextChoices


class State(TextChoices):
    """What a run, a step or any task can be; `colour` is a class in states.css."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def colour(self) -> str:
        return COLOURS[self]

    @property
    def finished(self) -> bool:
        return self in FINISHED


COLOURS = {
    State.QUEUED: "grey",
    State.RUNNING: "blue",
    State.RETRYING: "amber",
    State.CANCELLING: "amber",
    State.SUCCEEDED: "green",
    State.FAILED: "red",
    State.SKIPPED: "pale",
    State.CANCELLED: "violet",
}

FINISHED = {State.SUCCEEDED, State.FAILED, State.SKIPPED, State.CANCELLED}

# What the steps after one that failed or was cancelled are.
AFTER = {State.FAILED: State.SKIPPED, State.CANCELLED: State.CANCELLED}

# Each a list of choices, as fields of models, forms and serializers take them.
STEP_STATES = [s for s in State.choices if s[0] != State.CANCELLING]
RUN_STATES = [s for s in State.choices if s[0] not in (State.RETRYING, State.SKIPPED)]

# What Celery says of a task that no worker has begun; None if there is no result yet.
WAITING = {None, celery_states.PENDING, celery_states.RECEIVED}

# Celery's own names; a task's own state, like PROGRESS, is one of running.
_FROM_CELERY = {
    celery_states.PENDING: State.QUEUED,
    celery_states.RECEIVED: State.QUEUED,
    celery_states.RETRY: State.RETRYING,
    celery_states.SUCCESS: State.SUCCEEDED,
    celery_states.FAILURE: State.FAILED,
    celery_states.REVOKED: State.CANCELLED,
}


def from_celery(status: str | None) -> State:
    """Return the state that Celery's status means; None is that of no result yet."""
    return State(_FROM_CELERY.get(status or celery_states.PENDING, State.RUNNING))


def reason(result: dict) -> str:
    """Return why a task failed, in a line: the kind of exception and its words."""
    words = " ".join(str(word) for word in result["exc_message"])
    if result["exc_type"] in ("SoftTimeLimitExceeded", "TimeLimitExceeded"):
        words = "the task took too long"  # of its own it has a number, or nothing
    return f"{result['exc_type']}: {words}"
