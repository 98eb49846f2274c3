from django.contrib import admin

from people.models import Batch


@admin.register(Batch)
class BatchAdmin(admin.ModelAdmin):
    """What was asked for; the task results have the same ids."""

    list_display = ["id", "count", "owner", "created"]
    list_select_related = ["owner"]
    readonly_fields = ["id", "owner", "count", "created"]

    def has_add_permission(self, request):
        """Refuse: a batch without its task would stay queued for ever."""
        return False
