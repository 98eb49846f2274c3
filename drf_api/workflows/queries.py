"""Which runs are in a state, and which are lost: questions about many runs at once.

Run.state says the same of one run, from its steps. A test holds the two equal.
"""

from celery import states
from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django_celery_results.models import TaskResult

from delivery.models import deadlines
from web.permissions import sees_all
from workflows.states import FINISHED, WAITING, State

AT_ONCE = 1000  # runs in a statement


def results(**lookups):
    """Return the results of a run's steps, for a subquery."""
    return TaskResult.objects.filter(step__run=OuterRef("pk"), **lookups)


def begun() -> Exists:
    """Return whether a worker has begun any step of a run."""
    return Exists(results().exclude(status__in=WAITING - {None}))


def active() -> Exists:
    """Return whether a worker has begun a step, and has not ended it."""
    return Exists(results().exclude(status__in=WAITING - {None} | states.READY_STATES))


def end() -> Case:
    """Return the state of a run that is finished, and "" for any other."""
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
        """Narrow to the runs that a user may see; without login, everybody sees all."""
        return self if sees_all(user) else self.filter(owner_id=user.pk)

    def full(self):
        """All that an answer or a page shows of runs, the newest first; two queries."""
        return self.prefetch_related("steps").order_by("-created_at")

    def settle(self):
        """Write into the runs that have ended since then how they ended."""
        ended = self.filter(ended_as="").annotate(end=end()).exclude(end="")
        while keys := list(ended.values_list("pk", flat=True)[:AT_ONCE]):
            self.model.objects.filter(pk__in=keys).update(ended_as=end())

    def in_state(self, state):
        """Narrow to the runs of a state. An index finds them."""
        self.model.objects.settle()
        if state in FINISHED:
            return self.filter(ended_as=state)
        cancelling = Q(cancel_requested_at__isnull=False)
        if state != State.CANCELLING:
            running = Q(begun())
            cancelling = ~cancelling & (running if state == State.RUNNING else ~running)
        return self.filter(cancelling, ended_as="")

    def lost(self):
        """Return the runs that are not finished and have shown no sign for too long.

        If no worker has begun the next step, too long is STUCK_AFTER, as for a message.
        A step that a worker has begun stores its end.
        """
        waits, runs_long = deadlines()
        waiting = self.filter(
            Q(published_at=None) | Q(published_at__lt=waits),
            created_at__lt=waits,
            ended_as="",
        )
        oldest = waiting.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE]
        runs = self.model.objects.filter(pk__in=list(oldest))
        runs.settle()
        sign = results().order_by("-date_done").values("date_done")[:1]
        silent = (
            runs.filter(ended_as="")
            .annotate(sign=Subquery(sign))
            .filter(
                Q(sign=None) | Q(sign__lt=waits) & ~Q(active()) | Q(sign__lt=runs_long)
            )
        )
        return silent.prefetch_related("steps").order_by("created_at")


class StepManager(models.Manager):
    def get_queryset(self):
        """Read each step with its task's result."""
        return super().get_queryset().select_related("task")

    def celery_states(self, ids, runs) -> dict[str, str]:
        """Return what Celery calls the states of tasks, in the order of the ids.

        An id that no step of the runs has is UNKNOWN. Celery would say PENDING, as it
        does of every id that it does not know.
        """
        steps = self.filter(task_id__in=ids, run__in=runs)
        # Not "task__status": with a filter by task_id, Django makes an inner join. It
        # leaves out the tasks that have no result yet.
        status = TaskResult.objects.filter(task_id=OuterRef("task_id")).values("status")
        found = {
            task_id: status or states.PENDING
            for task_id, status in steps.values_list("task_id", Subquery(status))
        }
        return {task_id: found.get(task_id, "UNKNOWN") for task_id in ids}
