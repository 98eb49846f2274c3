import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

LEAST, MOST = 50, 500


class Batch(models.Model):
    """A request to create users.

    The batch and its task have the same id, which is also the seed of the users' names.
    The task is therefore idempotent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE
    )
    count = models.PositiveSmallIntegerField(
        "how many", validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)]
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        verbose_name_plural = "batches"

    def __str__(self):
        return f"{self.count} users, {self.created:%Y-%m-%d %H:%M}"
