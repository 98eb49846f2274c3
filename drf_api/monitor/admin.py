from django.contrib import admin

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
