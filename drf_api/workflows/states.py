"""The states of runs and steps in the API, the pages and the admin."""

from celery import states as celery_states
from django.db.models import TextChoices


class State(TextChoices):
    """The states of runs, steps and other tasks. `colour` is a class in states.css."""

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

# A failed or cancelled step determines the state of all later steps.
AFTER = {State.FAILED: State.SKIPPED, State.CANCELLED: State.CANCELLED}

# The states as choices for fields of models, forms and serializers.
STEP_STATES = [s for s in State.choices if s[0] != State.CANCELLING]
RUN_STATES = [s for s in State.choices if s[0] not in (State.RETRYING, State.SKIPPED)]

# The Celery states of tasks that no worker has started. None means that the task has
# no result.
WAITING = {None, celery_states.PENDING, celery_states.RECEIVED}

# The application's states by Celery's states. All other states, such as STARTED and
# PROGRESS, mean that the task is running.
_FROM_CELERY = {
    celery_states.PENDING: State.QUEUED,
    celery_states.RECEIVED: State.QUEUED,
    celery_states.RETRY: State.RETRYING,
    celery_states.SUCCESS: State.SUCCEEDED,
    celery_states.FAILURE: State.FAILED,
    celery_states.REVOKED: State.CANCELLED,
}


def from_celery(status: str | None) -> State:
    """Return the state for a Celery status, or for None if the task has no result."""
    return State(_FROM_CELERY.get(status or celery_states.PENDING, State.RUNNING))


def reason(result: dict) -> str:
    """Return the type and message of a failed task's exception in one line."""
    words = " ".join(str(word) for word in result["exc_message"])
    if result["exc_type"] in ("SoftTimeLimitExceeded", "TimeLimitExceeded"):
        words = "the task took too long"  # Celery's message is a number or empty
    return f"{result['exc_type']}: {words}"
