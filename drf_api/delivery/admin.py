from django.contrib import admin

from delivery.models import Message
from web.admin import ReadOnly, short_id


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        short_id("task_id"),
        "task",
        "queue",
        "sent",
        "tries",
        "sent_at",
        "ended_at",
    ]
    list_filter = ["task", "queue", "sent_at"]
    search_fields = ["task_id"]

    def has_delete_permission(self, request, obj=None):
        """Not: one that has not ended would no longer be looked after."""
        return False
