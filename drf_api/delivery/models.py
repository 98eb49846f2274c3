"""The rows behind every promise: accepted work is neither lost nor done twice.

1. `Delivery.publish_on_commit` is called in the transaction that writes the row.
2. A task claims its row before it begins: `Claim.claim`.
3. The first result of a task stays: `FinalResult`.
4. redeliver.py publishes again what was lost, and gives up in the end.
"""

import logging
from datetime import timedelta
from typing import ClassVar, Self

from celery import current_app as app
from celery.app.task import Context
from celery.states import READY_STATES
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_celery_results.managers import TaskResultManager
from django_celery_results.models import TaskResult

from delivery.broker import OperationalError, publishing
from delivery.errors import Finished, GivenUp, KeyReused, NotAccepted, NotPublished
from delivery.task import OutboxTask

logger = logging.getLogger(__name__)

UNREACHABLE = "The broker is unreachable. Try again later."
ENDED = ", ".join(f"'{state}'" for state in sorted(READY_STATES))


class Delivery(models.Model):
    """Work that was accepted and has to reach a worker."""

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    published_at = models.DateTimeField("last published", null=True, blank=True)
    sent = models.PositiveSmallIntegerField("times published", default=0)
    publish_error = models.TextField(blank=True)

    # If one of these differs from what was read, another process changed the row.
    WATCHED_FIELDS: ClassVar[list[str]] = ["sent"]
    # What is written with each publication, so that the search looks at the row again.
    WATCH: ClassVar[dict[str, str]] = {}
    # The fields of an Idempotency-Key, and those that must come with it again.
    KEY: ClassVar[list[str]]
    REQUEST: ClassVar[list[str]]

    class Meta:
        abstract = True

    def send(self) -> None:
        """Publish what is missing. Sending twice is safe: tasks claim their rows."""
        raise NotImplementedError

    @classmethod
    def lost(cls, queue: str) -> models.QuerySet[Self]:
        """Return the rows of a queue that nothing else will move, the oldest first."""
        raise NotImplementedError

    def end(self, reason: str) -> bool:
        """Store that the work failed, unless it has ended; return whether."""
        raise NotImplementedError

    def publish_on_commit(self) -> None:
        """Publish when the transaction that wrote this row has been committed."""
        transaction.on_commit(self.publish)

    def publish(self) -> None:
        """Publish for the first time. Raises NotPublished if the broker is down."""
        rows = type(self)._default_manager.filter(pk=self.pk)
        try:
            with publishing():
                self.send()
        except OperationalError as error:
            logger.error("%s was not published: %s", self, error)
            # If publishing took too long, the row may have been redelivered meanwhile.
            rows.filter(published_at=None).update(publish_error=UNREACHABLE)
            raise NotPublished(UNREACHABLE) from error
        rows.update(sent=F("sent") + 1, published_at=timezone.now(), **self.WATCH)

    def repeat_earlier(self) -> Self:
        """Return the row that has the key of this one; publish it if that failed.

        Raises KeyReused if that row is another request. Raises NotPublished if it
        cannot be published now.
        """
        rows = type(self)._default_manager
        earlier = rows.get(**{name: getattr(self, name) for name in self.KEY})
        if any(getattr(earlier, name) != getattr(self, name) for name in self.REQUEST):
            raise KeyReused("This key was used with other data. Use another key.")
        earlier.repeat()
        return rows.get(pk=earlier.pk)

    def repeat(self) -> None:
        """Answer the same request again: publish if that did not work before.

        Raises NotPublished if it does not work again, or while the first request is
        still publishing. That may fail, so the work is not accepted yet. If the process
        that publishes has died, the search for lost messages finds the row.
        """
        failed = type(self)._default_manager.filter(pk=self.pk)
        if failed.exclude(publish_error="").update(publish_error="", **self.WATCH):
            self.publish()
        elif self.is_open and not self.published_at:
            raise NotPublished(
                "The first request is still publishing. Repeat the request."
            )

    @property
    def is_open(self) -> bool:
        """Whether the work still has to be done, as far as the row says."""
        raise NotImplementedError

    @property
    def deliverable(self) -> bool:
        """Whether the code still has the task."""
        return True

    def unchanged(self) -> models.QuerySet[Self]:
        """Select this row if no other process has changed it since it was read."""
        same = {field: getattr(self, field) for field in self.WATCHED_FIELDS}
        return type(self)._default_manager.filter(pk=self.pk, **same)


class Claim(models.Model):
    """A task that must claim its row before it begins. Its key is `task_id`."""

    tries = models.PositiveSmallIntegerField("times begun", default=0)
    begun_at = models.DateTimeField("last begun", null=True, blank=True)

    # SQL: which rows may be claimed.
    CLAIMABLE: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def claim(cls, task_id: str, limit: int) -> bool:
        """Count a try, unless the work has ended or was tried `limit` times.

        Every task begins with this statement. As a QuerySet it would take Django three
        times as long to compile it as any database takes to run it.
        """
        table = cls._meta.db_table
        results = TaskResult._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET tries = tries + 1, begun_at = %s "  # noqa: S608
                f"WHERE task_id = %s AND tries < %s AND {cls.CLAIMABLE} "
                f"AND NOT EXISTS (SELECT 1 FROM {results} WHERE task_id = %s "
                f"AND status IN ({ENDED}))",
                [now(), task_id, limit, task_id],
            )
            return cursor.rowcount == 1

    @classmethod
    def refuse(cls, task_id: str, limit: int) -> None:
        """Raise why a task could not claim its row; return if there is no row.

        Raises Cancelled, Finished, NotAccepted or GivenUp.
        """
        row = cls._base_manager.filter(task_id=task_id).first()
        if row is None:  # sent by hand, by the schedule, or by another program
            return
        row.refuse_ended()
        if has_result(task_id):
            raise Finished
        if row.tries >= limit:
            raise GivenUp(f"begun {row.tries} times, and never ended")
        raise NotAccepted  # but is now, by a repeated request, which sends a message

    def refuse_ended(self) -> None:
        """Raise Cancelled, Finished or NotAccepted if the row itself says so."""


class Message(Delivery, Claim):
    """One task with its arguments. What it returned is in its TaskResult."""

    task_id = models.CharField(max_length=255, primary_key=True, editable=False)
    task = models.CharField("name of the task", max_length=255)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    routing_key = models.CharField(max_length=255, blank=True)
    queue = models.CharField(max_length=255)
    # Who asked, and the Idempotency-Key that came with it.
    idempotency_key = models.CharField(
        max_length=300, null=True, blank=True, unique=True, editable=False
    )
    ended_at = models.DateTimeField("ended", null=True, blank=True)

    WATCHED_FIELDS: ClassVar[list[str]] = ["sent", "begun_at", "ended_at"]
    KEY: ClassVar[list[str]] = ["idempotency_key"]
    REQUEST: ClassVar[list[str]] = ["task", "args", "kwargs", "routing_key"]
    CLAIMABLE = "ended_at IS NULL AND publish_error = ''"

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["queue"], condition=Q(ended_at=None), name="open_messages"
            )
        ]

    def __str__(self):
        return f"{self.task} {self.task_id}"

    def accept(self) -> "Message":
        """Write the row and publish it on commit, or return the earlier one."""
        if self.idempotency_key:
            try:
                with transaction.atomic():
                    self.save(force_insert=True)
            except IntegrityError:
                return self.repeat_earlier()
        else:
            self.save(force_insert=True)
        self.publish_on_commit()
        return self

    @property
    def is_open(self):
        return not self.ended_at

    @property
    def deliverable(self):
        return isinstance(app.tasks.get(self.task), OutboxTask)

    def send(self):
        key = {"routing_key": self.routing_key} if self.routing_key else {}
        task = app.tasks[self.task]
        task.send(self.args, self.kwargs, self.task_id, **key)

    @classmethod
    def lost(cls, queue):
        """Return messages that were not begun, or have not ended, for too long.

        One that was not begun STUCK_AFTER seconds after it was published. A long queue
        is not taken for a loss: the task that asks has waited in the same queue, for
        RESCUE_EVERY at most (see schedule.py). So what was published before it has been
        handed out.

        A started message counts as lost after the longest time limit, when the broker
        has also had the time to redeliver it.
        """
        waits, runs_long = deadlines()
        return cls.objects.filter(
            Q(published_at__lt=waits) | Q(published_at=None, created_at__lt=waits),
            Q(begun_at=None) | Q(begun_at__lt=runs_long),
            queue=queue,
            ended_at=None,
            publish_error="",
        ).order_by("created_at")

    def end(self, reason):
        with transaction.atomic():
            if not self.unchanged().update(ended_at=timezone.now()):
                return False
            request = Context(
                id=self.task_id, task=self.task, args=self.args, kwargs=self.kwargs
            )
            app.backend.mark_as_failure(self.task_id, GivenUp(reason), request=request)
        return True

    def refuse_ended(self):
        if self.ended_at:
            raise Finished
        if self.publish_error:
            raise NotAccepted


def deadlines() -> tuple:
    """Return the times before which a silent row was published, and was begun.

    A started task stores its end. If its worker dies, the broker redelivers the
    message, Redis after VISIBILITY_TIMEOUT. Only then is it lost.
    """
    present = timezone.now()
    return (
        present - timedelta(seconds=settings.STUCK_AFTER),
        present - timedelta(seconds=settings.VISIBILITY_TIMEOUT + 5),
    )


def has_result(task_id: str) -> bool:
    """Return whether a task has ended, as its result says."""
    ended = TaskResult.objects.filter(task_id=task_id, status__in=READY_STATES)
    return ended.exists()


def now():
    """Return the time as the database takes it in plain SQL."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


class FinalResultManager(TaskResultManager):
    """Stores results by one statement each, and only until the task has ended."""

    def store_result(self, using=None, **values):
        """Insert a row, or change the one that is there if it is no end.

        The same message may be delivered twice. Its second delivery would write STARTED
        over SUCCESS, or another end. The first end stays.
        """
        present = now()
        values["date_done"] = present
        if "date_started" in values:
            values["date_started"] = present
        columns = {**values, "date_created": present}
        table = self.model._meta.db_table
        changes = ", ".join(f"{name} = excluded.{name}" for name in values)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608
                f"VALUES ({', '.join(['%s'] * len(columns))}) "
                f"ON CONFLICT (task_id) DO UPDATE SET {changes} "
                f"WHERE {table}.status NOT IN ({ENDED})",
                list(columns.values()),
            )


class FinalResult(TaskResult):
    """django-celery-results' table, in which the first end of a task stays."""

    objects = FinalResultManager()

    class Meta:
        proxy = True
