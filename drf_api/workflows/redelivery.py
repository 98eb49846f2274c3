"""Base classes of runs and steps, which are rows of the outbox."""

from celery import current_app as app
from celery.states import READY_STATES
from django.db import models
from django.db.models import Q

from delivery.errors import Cancelled, GivenUp, NotAccepted
from delivery.models import Claim, Delivery
from delivery.queues import DEFAULT


class RunDelivery(Delivery):
    """Base class of runs, whose steps are published one after another."""

    idempotency_key = models.CharField(max_length=255, blank=True)
    # The final state, stored so that an index can contain it. Empty until
    # RunQuerySet.settle() stores the state.
    ended_as = models.CharField(max_length=10, blank=True, editable=False)

    KEY = ["owner", "idempotency_key"]
    WATCH = {"ended_as": ""}
    REQUEST = ["testcase", "job_data", "retry_of_id"]

    class Meta(Delivery.Meta):
        abstract = True
        indexes = [
            models.Index("ended_as", "created_at", name="runs_by_end"),
            models.Index("testcase", "created_at", name="runs_by_testcase"),
        ]
        constraints = [
            models.UniqueConstraint(
                "owner",
                "idempotency_key",
                condition=~Q(idempotency_key=""),
                name="one_run_for_a_key",
            ),
            # The first constraint permits duplicate keys if the owner is NULL, because
            # in SQL NULL does not equal NULL.
            models.UniqueConstraint(
                "idempotency_key",
                condition=~Q(idempotency_key="") & Q(owner=None),
                name="one_run_for_an_anonymous_key",
            ),
        ]

    @classmethod
    def lost(cls, queue):
        return cls.objects.lost() if queue == DEFAULT else cls.objects.none()

    def end(self, reason):
        """Mark the next step as failed, or as revoked if the run was cancelled."""
        steps = self.steps.all()
        step = next((s for s in steps if s.status not in READY_STATES), None)
        if step is None:  # the run has finished in the meantime
            return False
        if self.cancel_requested_at:
            app.backend.mark_as_revoked(step.task_id, "cancelled")
        else:
            app.backend.mark_as_failure(step.task_id, GivenUp(reason))
        return True

    @property
    def is_open(self):
        return not self.cancel_requested_at


class StepClaim(Claim):
    """Base class of steps. A step of a cancelled or unpublished run does not start."""

    CLAIMABLE = (
        "NOT EXISTS (SELECT 1 FROM workflows_run WHERE id = run_id "
        "AND (cancel_requested_at IS NOT NULL OR publish_error <> ''))"
    )

    class Meta(Claim.Meta):
        abstract = True

    def refuse_ended(self):
        if self.run.cancel_requested_at:
            raise Cancelled
        if self.run.publish_error:
            raise NotAccepted
