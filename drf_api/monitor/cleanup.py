"""Delete old rows from the tables that grow over time."""

from datetime import timedelta

from django.core.management import call_command
from django.db.models import Model
from django.utils import timezone
from django_celery_results.models import TaskResult

from delivery.models import Message
from monitor.models import SeenTask, SeenWorker
from people.models import Batch
from workflows.models import Run

# The models, each with the field that determines the age of its rows.
AGEING: list[tuple[type[Model], str]] = [
    (Run, "created_at"),
    (Batch, "created"),
    (Message, "created_at"),
    (SeenTask, "seen"),
    (SeenWorker, "heartbeat"),
    # Delete results last, because a run without results would have the state "queued".
    (TaskResult, "date_done"),
]
SLICE = 500  # rows per transaction, so that other processes can write in between


def clean_up(keep: timedelta) -> dict[str, int]:
    """Delete rows older than `keep`, and expired sessions.

    Returns the number of deleted rows by model.
    """
    before = timezone.now() - keep
    deleted = {}
    for model, age in AGEING:
        old = model.objects.filter(**{f"{age}__lt": before}).order_by(age)
        deleted[model._meta.model_name] = 0
        while oldest := list(old.values_list(age, flat=True)[:SLICE]):
            # Rows with the same time are deleted together. If this query also contained
            # the condition of `old`, SQLite would read all old rows in each round.
            rows = model.objects.filter(**{f"{age}__lte": oldest[-1]})
            _, counts = rows.delete()
            deleted[model._meta.model_name] += counts.get(model._meta.label, 0)
    call_command("clearsessions")
    return deleted
