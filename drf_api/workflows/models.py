"""What was asked. What happened is in django-celery-results' table of TaskResults.

A state is derived from both whenever it is read.
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
    """Return an id as Celery makes them."""
    return str(uuid.uuid4())


class Run(RunDelivery):
    """A testcase with its data, which a user or a program asked for."""

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
        """The steps in their order, each with its task's result."""
        return list(self.steps.all())

    def new_steps(self, names: list[str]) -> None:
        """Give a new run its steps; the caller writes both."""
        self.known_steps = [
            Step(run=self, position=position, name=name, numbers=self.job_data[name])
            for position, name in enumerate(names)
        ]
        for step in self.known_steps:
            Step.task.field.set_cached_value(step, None)  # no worker has begun it

    def send(self):
        """Publish the first step that is missing; its worker publishes the next one."""
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
        """What the results of the steps say."""
        found = {step.status for step in self.known_steps}
        begun = found - WAITING
        if self.publish_error or states.FAILURE in found:
            return State.FAILED
        # The worker that published the revoked step may not have stored its own yet.
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
        """How many steps have succeeded."""
        return sum(step.status == states.SUCCESS for step in self.known_steps)

    @property
    def percent(self) -> int:
        return 100 * self.succeeded // len(self.known_steps)

    @cached_property
    def stated_steps(self) -> list["Step"]:
        """The steps in their order, each with its `state`.

        Celery marks the steps after a failed step as failed too, although they never
        run. The steps after a cancelled step have no result.
        """
        stopped = None
        if self.publish_error:
            stopped = State.SKIPPED
        elif self.cancel_requested_at and not self.published_at:
            stopped = State.CANCELLED
        for step in self.known_steps:
            step.state = stopped or from_celery(step.status)
            stopped = stopped or AFTER.get(step.state)
        return self.known_steps

    @property
    def error(self) -> str:
        """Why it failed, or nothing."""
        errors = [step.error for step in self.stated_steps if step.error]
        return self.publish_error or (errors[0] if errors else "")

    @property
    def finished_at(self):
        """When its last step ended, if the run is finished and any step ran."""
        ends = [step.finished_at for step in self.stated_steps if step.finished_at]
        return max(ends) if ends and self.finished else None


class Step(StepClaim):
    """One task of a run. Its id is chosen here, and given to Celery."""

    run = models.ForeignKey(Run, related_name="steps", on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    numbers = models.JSONField()
    # `task_id` is Celery's id of the task. `task` is the row that a worker writes under
    # that id when it begins, and None until then: hence no constraint.
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
        """What Celery calls the state of its task, None before it has begun."""
        return self.task.status if self.task else None

    @property
    def result(self):
        """What the task returned, once it succeeded."""
        if self.state == State.SUCCEEDED:
            return json.loads(self.task.result)
        return None

    @property
    def error(self) -> str:
        """Why the task failed, in a line: the kind of exception and its words."""
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
        """When it ended; before that, Celery's date is that of the last change."""
        if self.started_at and self.state.finished:
            return self.task.date_done
        return None
