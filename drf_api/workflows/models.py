"""Models of runs and steps. django-celery-results stores the results.

The state of a run is derived from its steps and their results.
"""

import json
import uuid
from functools import cached_property

from celery import chain, states
from django.conf import settings
from django.db import models
from django_celery_results.models import TaskResult

from workflows.operations import OPERATIONS
from workflows.queries import RunQuerySet, StepManager
from workflows.redelivery import RunDelivery, StepClaim
from workflows.states import AFTER, WAITING, State, from_celery, reason


def new_task_id() -> str:
    """Return an id in the format of Celery's task ids."""
    return str(uuid.uuid4())


class Run(RunDelivery):
    """A request to run a testcase with its data."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    testcase = models.CharField(max_length=20)
    job_data = models.JSONField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE
    )
    retry_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="retries"
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta(RunDelivery.Meta):
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.testcase} {self.id}"

    @cached_property
    def known_steps(self) -> list["Step"]:
        """The steps in order, each with its task's result."""
        return list(self.steps.all())

    def new_steps(self, names: list[str]) -> None:
        """Create the steps of a new run without saving the run or the steps."""
        self.known_steps = [
            Step(run=self, position=position, name=name, numbers=self.job_data[name])
            for position, name in enumerate(names)
        ]
        for step in self.known_steps:
            Step.task.field.set_cached_value(step, None)  # a new step has no result

    def send(self):
        """Publish a chain of the unfinished steps. Workers publish the later steps."""
        missing, before = [], []
        for step in self.known_steps:
            if step.status == states.SUCCESS:
                before = [json.loads(step.task.result)]
            else:
                signature = OPERATIONS[step.name].task.s(*before, *step.numbers)
                missing.append(signature.set(task_id=step.task_id))
                before = []
        if missing:
            chain(missing).apply_async()

    @cached_property
    def state(self) -> str:
        """The state, derived from the results of the steps."""
        found = {step.status for step in self.known_steps}
        begun = found - WAITING
        if self.publish_error or states.FAILURE in found:
            return State.FAILED
        # The worker that published a revoked step may still be storing the previous
        # result.
        if states.REVOKED in found and begun <= states.READY_STATES:
            return State.CANCELLED
        if found == {states.SUCCESS}:
            return State.SUCCEEDED
        if self.cancel_requested_at:
            return State.CANCELLING if self.published_at else State.CANCELLED
        return State.RUNNING if begun else State.QUEUED

    @property
    def finished(self) -> bool:
        return State(self.state).finished

    @property
    def succeeded(self) -> int:
        """The number of steps that have succeeded."""
        return sum(step.status == states.SUCCESS for step in self.known_steps)

    @property
    def percent(self) -> int:
        return 100 * self.succeeded // len(self.known_steps)

    @cached_property
    def stated_steps(self) -> list["Step"]:
        """The steps in order, each with its `state`.

        Celery marks the steps after a failed step as failed, although they never run.
        Steps after a cancelled step have no result.
        """
        stopped = None
        if self.publish_error:
            stopped = State.SKIPPED
        elif self.cancel_requested_at and not self.published_at:
            stopped = State.CANCELLED
        for step in self.known_steps:
            step.state = State(stopped or from_celery(step.status))
            stopped = stopped or AFTER.get(step.state)
        return self.known_steps

    @property
    def error(self) -> str:
        """The error of a failed run, otherwise an empty string."""
        errors = [step.error for step in self.stated_steps if step.error]
        return self.publish_error or (errors[0] if errors else "")

    @property
    def finished_at(self):
        """The end of the last step; None if the run is unfinished or no step ran."""
        ends = [step.finished_at for step in self.stated_steps if step.finished_at]
        return max(ends) if ends and self.finished else None


class Step(StepClaim):
    """A task of a run. The application generates the task id."""

    run = models.ForeignKey(Run, related_name="steps", on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    numbers = models.JSONField()
    state: State  # not a column; set by Run.stated_steps
    # `task_id` is Celery's task id. `task` is the result with that id, or None until a
    # worker starts the task. The database therefore has no foreign key constraint.
    task = models.OneToOneField(
        TaskResult,
        to_field="task_id",
        default=new_task_id,
        null=True,
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="step",
    )

    objects = StepManager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("run", "position", name="one_step_at_a_position")
        ]

    def __str__(self):
        return f"{self.position}. {self.name}"

    @property
    def status(self) -> str | None:
        """Celery's state of the task, or None before the task has started."""
        return self.task.status if self.task else None

    @property
    def result(self):
        """The task's return value, or None if the task has not succeeded."""
        if self.state == State.SUCCEEDED:
            return json.loads(self.task.result)
        return None

    @property
    def error(self) -> str:
        """The type and message of a failed task's exception."""
        if self.state == State.FAILED:
            return reason(json.loads(self.task.result))
        return ""

    @property
    def traceback(self) -> str:
        return self.task.traceback or "" if self.state == State.FAILED else ""

    @property
    def started_at(self):
        ran = self.task and self.state != State.SKIPPED
        return self.task.date_started if ran else None

    @property
    def finished_at(self):
        """The end of a finished task, otherwise None. Every state sets `date_done`."""
        if self.started_at and self.state.finished:
            return self.task.date_done
        return None
