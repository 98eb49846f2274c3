from celery import current_app as app
from celery import states
from django.contrib import admin
from django.db.models import Value
from django.db.models.functions import Coalesce
from django_celery_beat.models import PeriodicTask
from django_celery_results.admin import TaskResultAdmin
from django_celery_results.models import TaskResult

from delivery.models import Message
from delivery.queues import QUEUES
from monitor.models import SeenTask, SeenWorker
from web.admin import ReadOnly, one_of, short_id


def task_names():
    """Return the names of the application's own tasks."""
    app.loader.import_default_modules()  # a web process may not have imported all tasks
    return [name for name in app.tasks if not name.startswith("celery.")]


def workers():
    """Return the names of the workers that the camera has seen."""
    return SeenWorker.objects.values_list("hostname", flat=True)


def schedule_entries():
    """Return the names of the schedule's entries."""
    return PeriodicTask.objects.values_list("name", flat=True)


@admin.register(SeenWorker)
class SeenWorkerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["hostname", "alive", "heartbeat", "active", "processed", "pid"]
    list_filter = ["heartbeat"]
    search_fields = ["hostname"]

    @admin.display(boolean=True)
    def alive(self, worker):
        return worker.alive


@admin.register(SeenTask)
class SeenTaskAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        short_id("id"),
        "name",
        "state",
        "seconds",
        "worker",
        "seen",
        "retries",
    ]
    exclude = ["runtime"]
    readonly_fields = ["seconds"]
    list_filter = [
        "state",
        one_of("name", task_names),
        one_of("worker", workers),
        "seen",
    ]
    search_fields = ["id", "name", "args", "exception"]

    @admin.display(ordering="runtime")
    def seconds(self, task):
        return None if task.runtime is None else f"{task.runtime:.2f}"


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        short_id("task_id"),
        "task",
        "queue",
        "sent",
        "tries",
        "published_at",
        "ended_at",
    ]
    list_filter = [
        one_of("task", task_names),
        one_of("queue", lambda: [queue.name for queue in QUEUES]),
        "published_at",
    ]
    search_fields = ["task_id"]

    def has_delete_permission(self, request, obj=None):
        """Return False: deleting the row of an unfinished message loses the message."""
        return False


admin.site.unregister(TaskResult)


class SenderFilter(admin.SimpleListFilter):
    """Hide the results of scheduled tasks by default."""

    title = "sender"
    parameter_name = "sender"

    def lookups(self, request, model_admin):
        return [("schedule", "The schedule"), ("all", "All")]

    def choices(self, changelist):
        without, *others = super().choices(changelist)
        return [without | {"display": "Without the schedule"}, *others]

    def queryset(self, request, results):
        one_entry = any(key.startswith("periodic_task_name") for key in request.GET)
        if self.value() == "all" or one_entry:
            return results
        # Coalesce prevents the use of an index. The index would match nearly all rows,
        # which the database would have to sort.
        entry = Coalesce("periodic_task_name", Value(""))
        rows = results.alias(entry=entry)
        by_schedule = self.value() == "schedule"
        return rows.exclude(entry="") if by_schedule else rows.filter(entry="")


@admin.register(TaskResult)
class ResultAdmin(ReadOnly, TaskResultAdmin):
    list_display = [
        short_id("task_id"),
        "task_name",
        "status",
        "date_done",
        "worker",
        "periodic_task_name",
    ]
    date_hierarchy = None  # a date hierarchy would read all rows
    list_filter = [
        SenderFilter,
        one_of("status", lambda: states.ALL_STATES),
        "date_done",
        one_of("periodic_task_name", schedule_entries),
        one_of("task_name", task_names),
        one_of("worker", workers),
    ]

    def has_delete_permission(self, request, obj=None):
        """Return False: a run without its results would stay "queued"."""
        return False
