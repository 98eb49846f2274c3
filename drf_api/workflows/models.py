"""What was asked. What happened is in django-celery-results' table of TaskResults.

A state is never stored here: it is derived, each time, from both.
"""

import json
import uuid
from datetime import timedelta
from functools import cached_property

from celery import chain, states
from celery import current_app as app
from django.conf import settings
from django.db import models
from django.db.models import (
    Case,
    Count,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from django_celery_results.models import TaskResult

from delivery.errors import Cancelled, Finished, GivenUp
from delivery.models import Claim, Delivery, deadlines
from delivery.queues import DEFAULT
from web.permissions import sees_all
from workflows.operations import OPERATIONS
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
        """Add `state`, to filter by it; Run.state derives the same from the steps."""

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

        What is not finished is still watched, see lost(), and that is never much. To
        find what is finished, all that was narrowed to before is gone through.
        """
        runs = self
        if state not in FINISHED:
            runs = Run.objects.filter(pk__in=self.filter(watched=True).values("pk"))
        found = runs.with_state().filter(state=state)
        return Run.objects.filter(pk__in=found.values("pk"))

    def full(self):
        """All that an answer or a page shows of runs, the newest first; two queries."""
        steps = Step.objects.select_related("task").order_by("position")
        runs = self.prefetch_related(Prefetch("steps", steps))
        return runs.order_by("-created_at")

    def watched(self):
        """Return the runs whose end was not seen yet, but for those just asked for.

        There are few of them, however many runs there have ever been: see the index.
        """
        before = timezone.now() - timedelta(seconds=settings.STUCK_AFTER)
        unseen = self.filter(watched=True, publish_error="", created_at__lt=before)
        # First which, then their states: in one, SQLite would go through all there are.
        return self.with_state().filter(pk__in=unseen.values("pk"))


class Run(Delivery):
    """A testcase with its data, which a user or a program asked for."""

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
    watched = models.BooleanField(default=True)  # until lost() has seen its end
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

    @cached_property
    def known_steps(self) -> list["Step"]:
        """The steps in their order, each with its task's result; see full()."""
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
            if step.task and step.task.status == states.SUCCESS:
                before = [json.loads(step.task.result)]
            else:
                signature = OPERATIONS[step.name].task.s(*before, *step.numbers)
                missing.append(signature.set(task_id=step.task_id))
                before = []
        if missing:
            chain(missing).apply_async()

    @classmethod
    def lost(cls, queue):
        """Return the runs that are not finished and have shown no sign for too long.

        For one whose next step was not begun that is STUCK_AFTER, as for a message. A
        step that was begun stores its end.
        """
        if queue != DEFAULT:
            return cls.objects.none()
        over = cls.objects.watched().filter(state__in=FINISHED)
        cls.objects.filter(pk__in=over.values("pk")).update(watched=False)
        waits, runs_long = deadlines()
        silent = cls.objects.watched().exclude(state__in=FINISHED)
        silent = silent.annotate(sign=Max("steps__task__date_done")).filter(
            Q(published_at=None) | Q(published_at__lt=waits),
            Q(sign=None) | Q(sign__lt=waits, active=0) | Q(sign__lt=runs_long),
        )
        steps = Step.objects.select_related("task").order_by("position")
        return silent.prefetch_related(Prefetch("steps", steps)).order_by("created_at")

    def end(self, reason):
        """Fail the step that is missing, or revoke it if the run was cancelled."""
        steps = self.steps.select_related("task").order_by("position")
        step = next((step for step in steps if not step.ended), None)
        if step is None:  # it has finished after all
            return False
        if self.cancel_requested_at:
            app.backend.mark_as_revoked(step.task_id, "cancelled")
        else:
            app.backend.mark_as_failure(step.task_id, GivenUp(reason))
        return True

    @property
    def is_open(self):
        return not self.cancel_requested_at

    @cached_property
    def state(self) -> str:
        """What the results of the steps say; with_state() says the same in SQL."""
        found = [step.status for step in self.known_steps]
        waits = {None, *WAITING}
        if self.publish_error or states.FAILURE in found:
            return State.FAILED
        active = set(found) - waits - states.READY_STATES
        # The step before the revoked one may still be at its end.
        if states.REVOKED in found and not active:
            return State.CANCELLED
        if self.succeeded == self.total:
            return State.SUCCEEDED
        if self.cancel_requested_at:
            return State.CANCELLING if self.published_at else State.CANCELLED
        return State.RUNNING if set(found) - waits else State.QUEUED

    @cached_property
    def total(self) -> int:
        return len(self.known_steps)

    @cached_property
    def succeeded(self) -> int:
        return sum(step.status == states.SUCCESS for step in self.known_steps)

    @property
    def finished(self) -> bool:
        return State(self.state).finished

    @property
    def percent(self) -> int:
        return 100 * self.succeeded // self.total

    @cached_property
    def stated_steps(self) -> list["Step"]:
        """The steps in their order, each with its `state`.

        What follows a failed step never runs, though Celery marks it as failed too,
        and what follows a cancelled one has no result at all.
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


class Step(Claim):
    """One task of a run. Its id is chosen here, and given to Celery."""

    run = models.ForeignKey(Run, related_name="steps", on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)
    numbers = models.JSONField()
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

    CLAIMABLE = (
        "NOT EXISTS (SELECT 1 FROM workflows_run WHERE id = run_id "
        "AND (cancel_requested_at IS NOT NULL OR publish_error <> ''))"
    )

    class Meta:
        ordering = ["run", "position"]
        constraints = [
            models.UniqueConstraint("run", "position", name="one_step_at_a_position")
        ]

    def __str__(self):
        return f"{self.position}. {self.name}"

    def refuse_ended(self):
        if self.run.cancel_requested_at:
            raise Cancelled
        if self.run.publish_error:
            raise Finished

    @property
    def status(self) -> str | None:
        """What Celery calls the state of its task, None before it has begun."""
        return self.task.status if self.task else None

    @property
    def ended(self) -> bool:
        """Whether its task has a result that stays."""
        return self.status in states.READY_STATES

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
