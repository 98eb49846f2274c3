from celery import uuid
from celery.exceptions import Ignore
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from delivery.base import CheckedTask, GivenUp
from delivery.models import Message
from delivery.queues import queue_for


class OutboxTask(CheckedTask):
    """A task that is not lost, once delay() or apply_async() has returned.

    It is written down, and sent; what a broker loses is sent again by rescue.py. Its
    message may thus come twice, and one that has ended is left alone. But a worker may
    die after the work and before its end is written: the task must bear to be run
    twice.
    """

    def apply_async(self, args=None, kwargs=None, task_id=None, **options):
        """Write down what is asked for, commit that, and send it.

        Of the options only the routing key is kept for a second time: no links, no
        chain that the task is part of.

        Raises ValueError for an option that it could not keep, and RuntimeError inside
        of a transaction. Whatever sending raises, OperationalError if the broker is
        away, comes through, and the message is ended: it will never be begun.
        """
        if options.get("retries"):  # sent by itself: it has been written down
            return super().apply_async(args, kwargs, task_id, **options)
        for option in ("countdown", "eta", "queue", "exchange"):
            if options.get(option):
                raise ValueError(f"The outbox does not keep {option}: leave it out.")
        key = options.get("routing_key") or ""
        # Seen by the worker, whenever it looks: not inside of somebody's transaction.
        with transaction.atomic(durable=True):
            message = Message.objects.create(
                task_id=task_id or uuid(),
                task=self.name,
                args=list(args or ()),
                kwargs=kwargs or {},
                routing_key=key,
                queue=queue_for(key),
                sent_at=timezone.now(),
            )
        try:
            return super().apply_async(args, kwargs, message.task_id, **options)
        except Exception:  # and the caller says that nothing was sent
            self.ended(message.task_id)
            raise

    def send_again(self, message):
        """Send what was written down."""
        key = {"routing_key": message.routing_key} if message.routing_key else {}
        super().apply_async(message.args, message.kwargs, message.task_id, **key)

    def check(self, task_id):
        message = Message.objects.filter(pk=task_id).first()
        if message is None:  # sent by another program, or deleted
            return
        # Whoever wrote its result may have died before this was written.
        if message.ended_at or self.has_result(task_id):
            self.ended(task_id)
            raise Ignore
        # Those that it has asked for itself are not held against it.
        if message.tries >= settings.TASK_TRIES + self.request.retries:
            raise GivenUp(f"begun {message.tries} times, and never ended")
        Message.objects.filter(pk=task_id).update(
            begun_at=timezone.now(), tries=F("tries") + 1
        )

    def ended(self, task_id):
        unended = Message.objects.filter(pk=task_id, ended_at=None)
        unended.update(ended_at=timezone.now())
