from django.contrib import admin

from monitor.models import SeenTask, SeenWorker
from web.admin import ReadOnly


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
    list_display = ["id", "name", "state", "worker", "runtime", "retries", "seen"]
    list_filter = ["state", "name", "worker", "seen"]
    search_fields = ["id", "name", "args", "exception"]
    date_hierarchy = "seen"
