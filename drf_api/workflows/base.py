from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore

from workflows.models import Step


class StepTask(DjangoTask):
    """A task that asks, before it starts, whether its run has been cancelled.

    Celery's own revoke lives in the memory of the workers that were there to hear
    it; this also holds for one that starts later.
    """

    def before_start(self, task_id, args, kwargs):
        if Step.objects.cancelled().filter(task_id=task_id).exists():
            self.backend.mark_as_revoked(task_id, "cancelled", request=self.request)
            raise Ignore
