from celery.exceptions import Ignore
from django.conf import settings
from django.db.models import F

from delivery.base import CheckedTask, GivenUp
from workflows.models import Step


class StepTask(CheckedTask):
    """A task that asks, before it starts, whether its step is still to be done.

    A message may come twice, late, or again and again. What has ended is left alone.
    A cancelled run is told to be so: Celery's own revoke lives in the memory of the
    workers that were there to hear it. And a step that takes its worker with it each
    time is not begun for ever. What is lost of a run, rescue.py sends again.
    """

    def check(self, task_id):
        step = Step.objects.select_related("run").filter(task_id=task_id).first()
        if step is None:  # sent by hand, or by the schedule
            return
        if step.run.cancel_requested_at:
            self.backend.mark_as_revoked(task_id, "cancelled", request=self.request)
            raise Ignore
        if step.run.publish_error or self.has_result(task_id):
            raise Ignore
        if step.tries >= settings.TASK_TRIES:
            raise GivenUp(f"begun {step.tries} times, and never ended")
        Step.objects.filter(pk=step.pk).update(tries=F("tries") + 1)
