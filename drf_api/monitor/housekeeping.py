"""Scheduled tasks, which the page Workers hides by default."""

from celery import current_app as app
from django.db.models import Exists, OuterRef, QuerySet
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult

from monitor.models import SeenTask


def without_housekeeping(tasks: QuerySet[SeenTask]) -> QuerySet[SeenTask]:
    """Exclude the tasks that the schedule sent.

    The stored result of a scheduled task contains the name of its schedule entry.
    Scheduled tasks that ignore their result are excluded by name.
    """
    scheduled = TaskResult.objects.filter(
        task_id=OuterRef("pk"), periodic_task_name__isnull=False
    )
    app.loader.import_default_modules()  # a web process may not have imported all tasks
    names = PeriodicTask.objects.values_list("task", flat=True).distinct()
    silent = [
        name for name in names if getattr(app.tasks.get(name), "ignore_result", 0)
    ]
    return tasks.exclude(Exists(scheduled)).exclude(name__in=silent)
