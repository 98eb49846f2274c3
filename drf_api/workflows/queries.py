"""Database queries for the states of many runs, and for lost runs.

Run.state computes the state of a single run in Python. A test checks that the queries
and Run.state agree.
"""

from celery import states
from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django_celery_results.models import TaskResult

from delivery.models import deadlines
from web.permissions import sees_all
from workflows.states import FINISHED, WAITING, State

BATCH = 1000  # runs per statement


def results(**lookups):
    """Return a subquery for the results of a run's steps."""
    return TaskResult.objects.filter(step__run=OuterRef("pk"), **lookups)


def begun() -> Exists:
    """Return the condition that a worker has started any step of the run."""
    return Exists(results().exclude(status__in=WAITING - {None}))


def unfinished():
    """Return a subquery for the results of steps that have started but not ended."""
    return results().exclude(status__in=WAITING - {None} | states.READY_STATES)


def active() -> Exists:
    """Return the condition that a step of the run has started but not ended."""
    return Exists(unfinished())


def end() -> Case:
    """Return an expression for a run's final state, or "" if the run is unfinished."""
    steps = apps.get_model("workflows.Step").objects.filter(run=OuterRef("pk"))
    succeeded = TaskResult.objects.filter(
        task_id=OuterRef("task_id"), status=states.SUCCESS
    )
    failed = ~Q(publish_error="") | Q(Exists(results(status=states.FAILURE)))
    revoked = Q(Exists(results(status=states.REVOKED))) & ~Q(active())
    unsent = Q(cancel_requested_at__isnull=False, published_at=None)
    return Case(
        When(failed, Value(State.FAILED)),
        When(revoked, Value(State.CANCELLED)),
        When(~Exists(steps.filter(~Exists(succeeded))), Value(State.SUCCEEDED)),
        When(unsent, Value(State.CANCELLED)),
        default=Value(""),
        output_field=models.CharField(),
    )


class RunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return all runs if sees_all() permits it, otherwise the user's own runs."""
        return self if sees_all(user) else self.filter(owner_id=user.pk)

    def full(self):
        """Load the runs, newest first, with their steps and results, in two queries."""
        return self.prefetch_related("steps").order_by("-created_at")

    def settle(self):
        """Store the final state of the runs that have ended since the last call."""
        ended = self.filter(ended_as="").annotate(end=end()).exclude(end="")
        while keys := list(ended.values_list("pk", flat=True)[:BATCH]):
            self.model.objects.filter(pk__in=keys).update(ended_as=end())

    def in_state(self, state):
        """Return the runs in a state, using an index."""
        self.model.objects.settle()
        if state in FINISHED:
            return self.filter(ended_as=state)
        cancelling = Q(cancel_requested_at__isnull=False)
        if state != State.CANCELLING:
            running = Q(begun())
            cancelling = ~cancelling & (running if state == State.RUNNING else ~running)
        return self.filter(cancelling, ended_as="")

    def lost(self):
        """Return the unfinished runs with a lost message or step, oldest first.

        A message is lost if no worker has started the next step within STUCK_AFTER
        seconds of the publication and the latest result. A step is lost if it started
        before the second value of deadlines() and has not ended.
        """
        waits, runs_long = deadlines()
        waiting = self.filter(
            Q(published_at=None) | Q(published_at__lt=waits),
            created_at__lt=waits,
            ended_as="",
        )
        oldest = waiting.order_by("created_at").values_list("pk", flat=True)[:BATCH]
        runs = self.model.objects.filter(pk__in=list(oldest))
        runs.settle()
        latest = results().order_by("-date_done").values("date_done")[:1]
        # A worker publishes the next step before it stores a result, so a step can be
        # lost although later steps have ended.
        lost_step = Q(Exists(unfinished().filter(date_done__lt=runs_long)))
        waiting_too_long = Q(latest__lt=waits) & ~Q(active())
        silent = (
            runs.filter(ended_as="")
            .annotate(latest=Subquery(latest))
            .filter(Q(latest=None) | waiting_too_long | lost_step)
        )
        return silent.prefetch_related("steps").order_by("created_at")


class StepManager(models.Manager):
    def get_queryset(self):
        """Return a queryset that loads each step with its task's result."""
        return super().get_queryset().select_related("task")

    def celery_states(self, ids, runs) -> dict[str, str]:
        """Return the Celery states of tasks, in the order of the ids.

        Ids without a step in `runs` are UNKNOWN. Celery would report PENDING for any
        unknown id.
        """
        steps = self.filter(task_id__in=ids, run__in=runs)
        # With the filter by task_id, "task__status" would become an inner join, which
        # omits tasks without a result.
        status = TaskResult.objects.filter(task_id=OuterRef("task_id")).values("status")
        found = {
            task_id: status or states.PENDING
            for task_id, status in steps.values_list("task_id", Subquery(status))
        }
        return {task_id: found.get(task_id, "UNKNOWN") for task_id in ids}
