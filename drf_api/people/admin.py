from django.contrib import admin

from people.models import Batch
from web.admin import ReadOnly, short_id


@admin.register(Batch)
class BatchAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [short_id("id"), "count", "owner", "created"]
    list_select_related = ["owner"]
    readonly_fields = ["created"]
