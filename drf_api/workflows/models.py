"""What was asked. What happened is in django-celery-results' table of TaskResults.

A state is never stored here: it is derived, each time, from both.
"""

import json
import uuid
from functools import cached_property

from celery import states
from django.conf import settings
from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django_celery_results.models import TaskResult

from web.permissions import sees_all
from workflows.states import FINISHED, State, from_celery, reason

WAITING = [states.PENDING, states.RECEIVED]
# What the steps after one that failed or was cancelled are.
AFTER = {State.FAILED: State.SKIPPED, State.CANCELLED: State.CANCELLED}


def new_task_id() -> str:
    """Return an id as Celery makes them."""
    return str(uuid.uuid4())


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Narrow to the runs that a user may see; without login, everybody sees all."""
        return self if sees_all(user) else self.filter(owner_id=user.pk)

    def with_state(self):
        """Add `state` and the number of steps, `total`, and of those that succeeded."""

        def steps(**status):
            return Count("steps", filter=Q(**status))

        return self.annotate(
            total=Count("steps"),
            succeeded=steps(steps__task__status=states.SUCCESS),
            failures=steps(steps__task__status=states.FAILURE),
            revoked=steps(steps__task__status=states.REVOKED),
            # By the status: the id is in our own table too, so it joins nothing.
            begun=Count(
                "steps",
                filter=Q(steps__task__status__isnull=False)
                & ~Q(steps__task__status__in=WAITING),
            ),
            active=Count(
                "steps",
                filter=Q(steps__task__status__isnull=False)
                & ~Q(steps__task__status__in={*WAITING, *states.READY_STATES}),
            ),
        ).annotate(
            state=Case(
                When(~Q(publish_error="") | Q(failures__gt=0), Value(State.FAILED)),
                # The step before the revoked one may still be at its end.
                When(revoked__gt=0, active=0, then=Value(State.CANCELLED)),
                When(succeeded=F("total"), then=Value(State.SUCCEEDED)),
                When(
                    cancel_requested_at__isnull=False,
                    published_at__isnull=True,
                    then=Value(State.CANCELLED),
                ),
                When(cancel_requested_at__isnull=False, then=Value(State.CANCELLING)),
                When(begun__gt=0, then=Value(State.RUNNING)),
                default=Value(State.QUEUED),
                output_field=models.CharField(),
            )
        )

    def in_state(self, state):
        """Narrow to the runs of a state.

        What is not over is still watched, see rescue.py, and that is never much. To
        find what is over, all that was narrowed to before is gone through.
        """
        runs = self
        if state not in FINISHED:
            runs = Run.objects.filter(pk__in=self.filter(watched=True).values("pk"))
        found = runs.with_state().filter(state=state)
        return Run.objects.filter(pk__in=found.values("pk"))

    def full(self):
        """All that an answer or a page shows of runs, the newest first; two queries.

        Of a page of many, first find which: databases join and count before they cut.
        """
        steps = Step.objects.select_related("task").order_by("position")
        runs = self.with_state().prefetch_related(Prefetch("steps", steps))
        return runs.order_by("-created_at")


class Run(models.Model):
    """A testcase with its data, asked for by somebody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    testcase = models.CharField(max_length=20)
    job_data = models.JSONField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE
    )
    idempotency_key = models.CharField(max_length=255, blank=True)
    retry_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        related_name="retries",
        on_delete=models.SET_NULL,
    )
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    published_at = models.DateTimeField(null=True, blank=True)
    publish_error = models.TextField(blank=True)
    sent = models.PositiveSmallIntegerField(default=0)  # how often, see rescue.py
    watched = models.BooleanField(default=True)  # until rescue.py has seen its end
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(watched=True), name="watched_runs"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                "owner",
                "idempotency_key",
                condition=~Q(idempotency_key=""),
                name="one_run_for_a_key",
            ),
            # To a database, no owner is unlike any other, no owner included.
            models.UniqueConstraint(
                "idempotency_key",
                condition=~Q(idempotency_key="") & Q(owner=None),
                name="one_run_for_a_key_of_nobody",
            ),
        ]

    def __str__(self):
        return f"{self.testcase} {self.id}"

    @property
    def finished(self) -> bool:
        return State(self.state).finished

    @property
    def percent(self) -> int:
        return 100 * self.succeeded // self.total

    @cached_property
    def stated_steps(self) -> list["Step"]:
        """The steps in their order, each with its `state`; see full().

        What follows a failed step never runs, though Celery marks it as failed too,
        and what follows a cancelled one has no result at all.
        """
        stopped = None
        if self.publish_error:
            stopped = State.SKIPPED
        elif self.cancel_requested_at and not self.published_at:
            stopped = State.CANCELLED
        steps = list(self.steps.all())
        for step in steps:
            step.state = stopped or from_celery(step.task and step.task.status)
            stopped = stopped or AFTER.get(step.state)
        return steps

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


class StepQuerySet(models.QuerySet):
    def celery_states(self, ids, user) -> dict[str, str]:
        """Return what Celery calls the states of tasks, in the order of the ids.

        An id that no step of the user has is UNKNOWN: Celery would say PENDING, as it
        does of anything that it has not heard of.
        """
        steps = self.filter(task_id__in=ids, run__in=Run.objects.visible_to(user))
        # Not "task__status": beside a filter by task_id, Django would join strictly,
        # and leave out the tasks that have no result yet.
        status = TaskResult.objects.filter(task_id=OuterRef("task_id")).values("status")
        found = {
            task_id: status or states.PENDING
            for task_id, status in steps.values_list("task_id", Subquery(status))
        }
        return {task_id: found.get(task_id, "UNKNOWN") for task_id in ids}


class Step(models.Model):
    """One task of a run. Its id is chosen here, and given to Celery."""

    run = models.ForeignKey(Run, related_name="steps", on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    numbers = models.JSONField()
    tries = models.PositiveSmallIntegerField(default=0)  # how often it began
    # `task_id` is Celery's id of the task; `task` the row that a worker writes under
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

    objects = StepQuerySet.as_manager()

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint("run", "position", name="one_step_at_a_position")
        ]

    def __str__(self):
        return f"{self.position}. {self.name}"

    @property
    def ended(self) -> bool:
        """Whether its task has a result that stays."""
        return self.task is not None and self.task.status in states.READY_STATES

    @property
    def ran(self) -> bool:
        return self.task is not None and self.state != State.SKIPPED

    @property
    def result(self):
        """What the task returned, once it succeeded."""
        if self.state == State.SUCCEEDED:
            return json.loads(self.task.result)
        return None

    @property
    def error(self) -> str:
        """Why the task failed, in a line: the kind of exception and its words."""
        if self.state != State.FAILED:
            return ""
        return reason(json.loads(self.task.result))

    @property
    def traceback(self) -> str:
        return self.task.traceback or "" if self.state == State.FAILED else ""

    @property
    def started_at(self):
        return self.task.date_started if self.ran else None

    @property
    def finished_at(self):
        """When it ended; before that, Celery's date is that of the last change."""
        if self.ran and self.state.finished and self.task.date_started:
            return self.task.date_done
        return None
