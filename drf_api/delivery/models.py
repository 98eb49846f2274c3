"""The transactional outbox: accepted work is not lost.

Celery delivers at least once. The rows of the outbox deduplicate messages and replace
lost messages:

1. The transaction that writes a row calls `Delivery.publish_on_commit`.
2. A task claims its row before it starts: `Claim.claim`.
3. Only the first final result of a task is stored: `FinalResult`.
4. redeliver.py publishes lost messages again, a limited number of times.
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
    """A row of the outbox: accepted work that must reach a worker."""

    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    published_at = models.DateTimeField("last published", null=True, blank=True)
    sent = models.PositiveSmallIntegerField("times published", default=0)
    publish_error = models.TextField(blank=True)

    # unchanged() compares these fields with the database, because another process may
    # have changed the row.
    WATCHED_FIELDS: ClassVar[list[str]] = ["sent"]
    # Values to store with each publication, so that the search for lost messages
    # includes the row.
    WATCH: ClassVar[dict[str, str]] = {}
    # KEY: the fields that form the idempotency key. REQUEST: the fields in which a
    # repeated request must equal the first request.
    KEY: ClassVar[list[str]]
    REQUEST: ClassVar[list[str]]

    class Meta:
        abstract = True

    def send(self) -> None:
        """Publish the tasks that have not ended.

        Repeated calls are harmless, because each task claims its row before it starts.
        """
        raise NotImplementedError

    @classmethod
    def lost(cls, queue: str) -> models.QuerySet[Self]:
        """Return the rows whose messages in this queue are lost, oldest first."""
        raise NotImplementedError

    def end(self, reason: str) -> bool:
        """Store a final state and return True.

        Returns False if the work has already ended or another process changed the row.
        """
        raise NotImplementedError

    def publish_on_commit(self) -> None:
        """Publish the row after the current transaction commits."""
        transaction.on_commit(self.publish)

    def publish(self) -> None:
        """Publish the row. Raises NotPublished if the broker is down."""
        rows = type(self)._default_manager.filter(pk=self.pk)
        try:
            with publishing():
                self.send()
        except OperationalError as error:
            logger.error("%s was not published: %s", self, error)
            # redeliver.py may have published the row before this attempt timed out.
            rows.filter(published_at=None).update(publish_error=UNREACHABLE)
            raise NotPublished(UNREACHABLE) from error
        rows.update(sent=F("sent") + 1, published_at=timezone.now(), **self.WATCH)

    def repeat_earlier(self) -> Self:
        """Return the earlier row with the same key, and publish it if necessary.

        Raises KeyReused if the earlier row stores a different request, and NotPublished
        if the earlier row cannot be published now.
        """
        rows = type(self)._default_manager
        earlier = rows.get(**{name: getattr(self, name) for name in self.KEY})
        if any(getattr(earlier, name) != getattr(self, name) for name in self.REQUEST):
            raise KeyReused("This key was used with other data. Use another key.")
        earlier.repeat()
        return rows.get(pk=earlier.pk)

    def repeat(self) -> None:
        """Handle a repeated request: publish the row if the first attempt failed.

        Raises NotPublished if publishing fails again, or while the first request is
        still publishing. If the process of the first request has died, the search for
        lost messages finds the row.
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
        """False if the row records that the work has ended or was cancelled."""
        raise NotImplementedError

    @property
    def deliverable(self) -> bool:
        """False if the code no longer contains the task."""
        return True

    def unchanged(self) -> models.QuerySet[Self]:
        """Return this row as a queryset, empty if another process changed the row."""
        same = {field: getattr(self, field) for field in self.WATCHED_FIELDS}
        return type(self)._default_manager.filter(pk=self.pk, **same)


class Claim(models.Model):
    """A row that a task claims before it starts, so that redelivery is harmless.

    The column `task_id` identifies the row.
    """

    tries = models.PositiveSmallIntegerField("times begun", default=0)
    begun_at = models.DateTimeField("last begun", null=True, blank=True)

    # The SQL condition for rows that tasks may claim.
    CLAIMABLE: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def claim(cls, task_id: str, limit: int) -> bool:
        """Count an attempt and return True; return False if no row can be claimed.

        A row cannot be claimed if its work has ended, was not accepted, or has no
        attempts left. The SQL is written by hand, because compiling a QuerySet takes
        three times as long as executing the statement.
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
        """Raise Cancelled, Finished, NotAccepted or GivenUp for an unclaimable row.

        Does nothing if the row is missing.
        """
        row = cls._base_manager.filter(task_id=task_id).first()
        # Tasks published manually, by the schedule or by another program have no row.
        if row is None:
            return
        row.refuse_ended()
        if has_result(task_id):
            raise Finished
        if row.tries >= limit:
            raise GivenUp(f"begun {row.tries} times, and never ended")
        # claim() failed, but a repeated request has since published the row again. The
        # second message will claim the row.
        raise NotAccepted

    def refuse_ended(self) -> None:
        """Raise Cancelled, Finished or NotAccepted if the work must not start."""


class Message(Delivery, Claim):
    """A task and its arguments. TaskResult stores the return value."""

    task_id = models.CharField(max_length=255, primary_key=True, editable=False)
    task = models.CharField("name of the task", max_length=255)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    routing_key = models.CharField(max_length=255, blank=True)
    queue = models.CharField(max_length=255)
    # The user's id and the request's Idempotency-Key header.
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
        """Save the row and publish it on commit, or return an earlier request's row."""
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
        """Return messages of tasks that have waited, or have run, for too long.

        A message counts as lost if no worker has started its task after STUCK_AFTER
        seconds. The search is itself a task that has waited in the same queue, for at
        most RESCUE_EVERY seconds (see schedule.py). The broker has therefore delivered
        all earlier messages, so messages in a long queue do not count as lost.

        The message of a started task counts as lost after the visibility timeout: see
        deadlines().
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
    """Return two times. Rows count as lost if they were published before the first.

    Started rows count as lost only if they started before the second time, because
    Redis redelivers the message of a dead worker after VISIBILITY_TIMEOUT.
    """
    present = timezone.now()
    return (
        present - timedelta(seconds=settings.STUCK_AFTER),
        present - timedelta(seconds=settings.VISIBILITY_TIMEOUT + 5),
    )


def has_result(task_id: str) -> bool:
    """Return whether a task has a final result."""
    ended = TaskResult.objects.filter(task_id=task_id, status__in=READY_STATES)
    return ended.exists()


def now():
    """Return the current time in the format that the database accepts in raw SQL."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


class FinalResultManager(TaskResultManager):
    """Stores a result with one SQL statement, unless the task has a final state."""

    def store_result(self, using=None, **values):
        """Insert a task's result, or update a stored result without a final state.

        Without the WHERE clause, a second delivery would overwrite SUCCESS with STARTED
        or with another final state.
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
    """A proxy of TaskResult that keeps the first final state of each task."""

    objects = FinalResultManager()

    class Meta:
        proxy = True
