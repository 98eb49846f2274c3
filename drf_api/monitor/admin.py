from django.contrib import admin

from monitor.models import SeenTask, SeenWorker


class Snapshot(admin.ModelAdmin):
    """Snapshots are the camera's to write: look at them, or delete them."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(SeenWorker)
class SeenWorkerAdmin(Snapshot):
    list_display = ["hostname", "alive", "heard", "active", "processed", "pid"]
    list_filter = ["heard"]
    search_fields = ["hostname"]

    @admin.display(boolean=True)
    def alive(self, worker):
        return worker.alive


@admin.register(SeenTask)
class SeenTaskAdmin(Snapshot):
    list_display = ["id", "name", "state", "worker", "runtime", "retries", "seen"]
    list_filter = ["state", "name", "worker", "seen"]
    search_fields = ["id", "name", "args", "exception"]
    date_hierarchy = "seen"
