"""One clean-up for all that would else grow for ever."""

from datetime import timedelta

from django.db.models import Model
from django.utils import timezone

from monitor.models import SeenTask, SeenWorker
from people.models import Batch
from taskrunner.celery import app
from workflows.models import Run

# What has an age, and where it is written.
AGEING: list[tuple[type[Model], str]] = [
    (Run, "created_at"),
    (Batch, "created"),
    (SeenTask, "seen"),
    (SeenWorker, "heard"),
]


def clean_up(keep: timedelta) -> dict[str, int]:
    """Delete what is older than `keep`, results included; say how many of what.

    Results come last: a run without its results would look as if it had not begun.
    """
    before = timezone.now() - keep
    deleted = {}
    for model, age in AGEING:
        _, counts = model.objects.filter(**{f"{age}__lt": before}).delete()
        deleted[model._meta.model_name] = counts.get(model._meta.label, 0)
    app.backend.cleanup()
    return deleted
