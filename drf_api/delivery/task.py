"""Base classes for tasks that survive lost and redelivered messages."""

import os

from celery import states, uuid
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore, SoftTimeLimitExceeded
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from delivery.errors import (
    DATABASE_DOWN,
    Cancelled,
    Finished,
    NotAccepted,
    is_database_down,
)
from delivery.queues import queue_for


class DeliveredTask(DjangoTask):
    """A task that claims its row before it starts.

    Delivery is at least once: a message may arrive twice or late. A task cannot claim a
    row whose work has ended. Each claim counts as an attempt, and the limit on attempts
    stops a poison message that kills its worker. A worker may die after the work and
    before it stores the result, so the task must be idempotent.

    The task does not fail if the broker or the database is unreachable (see
    results.py). Instead, redeliver.py publishes the task's row again.
    """

    Request = "delivery.request:Request"
    row: str  # the label of the model to claim, such as "workflows.Step"
    # claim() stores STARTED itself, in the transaction that claims the row.
    track_started = False

    def apply_async(self, *args, **kwargs):
        """Publish a message. Raises OperationalError if the broker is unreachable.

        A worker publishes the next step within the time limit of the current step. If
        this limit interrupts slow publishing, the method also raises OperationalError.
        """
        try:
            return super().apply_async(*args, **kwargs)
        except SoftTimeLimitExceeded as error:
            raise OperationalError("the broker did not respond") from error

    def before_start(self, task_id, args, kwargs):
        try:
            self.claim(task_id)
        except DATABASE_DOWN as error:
            if not is_database_down(error):
                raise
            raise self.retry(exc=error) from error

    def claim(self, task_id):
        """Claim the task's row. Raises Ignore or GivenUp if the task must not run."""
        row = apps.get_model(self.row)
        limit = self.tries_allowed()
        with transaction.atomic():
            if row.claim(task_id, limit):
                self.store_started(task_id)
                return
        try:
            row.refuse(task_id, limit)
        except Cancelled as error:
            self.backend.mark_as_revoked(task_id, "cancelled", request=self.request)
            raise Ignore from error
        except NotAccepted as error:
            raise Ignore from error
        except Finished as error:
            self.ended(task_id)
            raise Ignore from error
        self.store_started(task_id)  # without a row, attempts are not counted

    def tries_allowed(self):
        """Return the maximum number of attempts."""
        return settings.TASK_TRIES

    def store_started(self, task_id):
        """Store STARTED, as Celery does if track_started is set."""
        if not (self.ignore_result or self.request.ignore_result):
            where = {"pid": os.getpid(), "hostname": self.request.hostname}
            # store_result() would retry, but retries inside a broken transaction cannot
            # succeed.
            self.backend._store_result(
                task_id, where, states.STARTED, request=self.request
            )

    def ended(self, task_id):
        """Handle the end of the task, in any final state. Does nothing by default."""


class OutboxTask(DeliveredTask):
    """A task whose delay() and apply_async() write a row of the outbox."""

    row = "outbox.Message"

    def apply_async(
        self, args=None, kwargs=None, task_id=None, idempotency_key=None, **options
    ):
        """Save a row in the caller's transaction, and publish it on commit.

        A repeated `idempotency_key` returns the result object of the earlier task, and
        publishes a message only if the first attempt failed. Options that the row does
        not store, such as `link` and `chain`, have no effect.

        Raises ValueError for `countdown`, `eta`, `queue` and `exchange`. Raises
        KeyReused if the key was used with another task or other arguments. Raises
        NotPublished, here or on commit, if the broker does not confirm the message.
        """
        if options.get("retries"):  # called by self.retry(): the row exists
            return super().apply_async(args, kwargs, task_id, **options)
        for option in ("countdown", "eta", "queue", "exchange"):
            if options.get(option):
                raise ValueError(f"The outbox does not store {option}. Leave it out.")
        key = options.get("routing_key") or ""
        message = apps.get_model(self.row)(
            task_id=task_id or uuid(),
            task=self.name,
            args=list(args or ()),
            kwargs=kwargs or {},
            routing_key=key,
            queue=queue_for(key),
            idempotency_key=idempotency_key,
        )
        return self.AsyncResult(message.accept().task_id)

    def send(self, args, kwargs, task_id, **options):
        """Publish the message of an existing row."""
        super().apply_async(args, kwargs, task_id, **options)

    def tries_allowed(self):
        # Retries that the task requested do not count as attempts.
        return settings.TASK_TRIES + self.request.retries

    def ended(self, task_id):
        rows = apps.get_model(self.row).objects.filter(pk=task_id, ended_at=None)
        rows.update(ended_at=timezone.now())
