"""The base classes of tasks that are neither lost nor done twice."""

import os

from celery import states, uuid
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from delivery.errors import (
    DATABASE_DOWN,
    Cancelled,
    Finished,
    NotAccepted,
    is_database_down,
)
from delivery.queues import queue_for


class DeliveredTask(DjangoTask):
    """A task that claims its row before it begins.

    A message may come twice, late, or again and again. The claim leaves alone what has
    ended, and counts how often a task that takes its worker with it has begun. A
    worker may still die after the work and before its result is stored: the task must
    be idempotent.

    If broker or database are unreachable, the task has not failed (see results.py). Its
    row is found and published again.
    """

    row: str  # the model that is claimed, by its label: "workflows.Step"
    # claim() stores STARTED, in one transaction with the claim.
    track_started = False

    def before_start(self, task_id, args, kwargs):
        try:
            self.claim(task_id)
        except DATABASE_DOWN as error:
            if not is_database_down(error):
                raise
            raise self.retry(exc=error) from error

    def claim(self, task_id):
        """Return if the task may begin. Raises Ignore or GivenUp if not."""
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
        self.store_started(task_id)  # it has no row, so its tries are not counted

    def tries_allowed(self):
        """Return how often the task may begin."""
        return settings.TASK_TRIES

    def store_started(self, task_id):
        """Store STARTED, as Celery does for a task with track_started."""
        if not (self.ignore_result or self.request.ignore_result):
            where = {"pid": os.getpid(), "hostname": self.request.hostname}
            # Not by store_result(), which would wait for a database that is down, and
            # this transaction would not survive that.
            self.backend._store_result(
                task_id, where, states.STARTED, request=self.request
            )

    def ended(self, task_id):
        """Handle the end of the task, after any outcome."""


class OutboxTask(DeliveredTask):
    """A task that has a row of its own, once delay() or apply_async() has returned."""

    row = "outbox.Message"

    def apply_async(
        self, args=None, kwargs=None, task_id=None, idempotency_key=None, **options
    ):
        """Write a row in the caller's transaction, and publish it on commit.

        Of the options only the routing key is kept for a second time: no links, no
        chain that the task is part of. The same `idempotency_key` again returns the
        earlier task and publishes nothing.

        Raises ValueError for an option that the row could not keep, and KeyReused if
        the key came with another task or other arguments. Raises NotPublished if the
        broker is unreachable, here or when the transaction is committed. The task will
        then never begin.
        """
        if options.get("retries"):  # sent by its own row
            return super().apply_async(args, kwargs, task_id, **options)
        for option in ("countdown", "eta", "queue", "exchange"):
            if options.get(option):
                raise ValueError(f"The outbox does not store {option}: leave it out.")
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
        """Publish a message whose row is there."""
        super().apply_async(args, kwargs, task_id, **options)

    def tries_allowed(self):
        # Those that it has asked for itself are not held against it.
        return settings.TASK_TRIES + self.request.retries

    def ended(self, task_id):
        rows = apps.get_model(self.row).objects.filter(pk=task_id, ended_at=None)
        rows.update(ended_at=timezone.now())
