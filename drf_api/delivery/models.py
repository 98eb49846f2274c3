from django.db import models
from django.db.models import Q


class Message(models.Model):
    """A task that was asked for: written down before it is sent, ticked off at its end.

    What the task returned, if anybody wants that, is in its TaskResult.
    """

    task_id = models.CharField(max_length=255, primary_key=True, editable=False)
    task = models.CharField("name of the task", max_length=255)
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    routing_key = models.CharField(max_length=255, blank=True)
    queue = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField("last sent")
    sent = models.PositiveSmallIntegerField("times sent", default=1)
    begun_at = models.DateTimeField("last begun", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("times begun", default=0)
    ended_at = models.DateTimeField("ended", null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["queue"], condition=Q(ended_at=None), name="open_messages"
            )
        ]

    def __str__(self):
        return f"{self.task} {self.task_id}"
