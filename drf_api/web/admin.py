from django.contrib import admin
from django.utils.html import format_html


def short_id(field: str):
    """Return a column with the first part of a UUID; the whole is its tooltip."""

    @admin.display(description="id", ordering=field)
    def column(row):
        text = str(getattr(row, field))
        return format_html('<span title="{}">{}</span>', text, text[:8])

    return column


class ReadOnly:
    """For the admin of what happened: it may be deleted, and not be changed."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
