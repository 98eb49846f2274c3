from django.contrib import admin

from delivery.models import Message
from monitor.models import SeenTask, SeenWorker
from web.admin import ReadOnly, short_id


@admin.register(SeenWorker)
class SeenWorkerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["hostname", "alive", "heard", "active", "processed", "pid"]
    list_filter = ["heard"]
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
    list_filter = ["state", "name", "worker", "seen"]
    search_fields = ["id", "name", "args", "exception"]
    date_hierarchy = "seen"

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
    list_filter = ["task", "queue", "published_at"]
    search_fields = ["task_id"]

    def has_delete_permission(self, request, obj=None):
        """Not: one that has not ended would no longer be looked after."""
        return False
