"""Filters and pagination for lists, which handle any query string."""

from datetime import MINYEAR, UTC, datetime

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class MomentField(filters.IsoDateTimeFilter.field_class):
    def clean(self, value):
        """Return the time in UTC, limited to the range that Python supports."""
        try:
            moment = super().clean(value)
        except ValidationError as error:
            if " " not in value:
                raise
            raise ValidationError(  # django-filter replaces %% with %
                "Enter a valid date/time. In a URL, write + as %%2B."
            ) from error
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            limit = datetime.min if moment.year == MINYEAR else datetime.max
            return limit.replace(tzinfo=UTC)


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class NewestFirst(CursorPagination):
    """Cursor pagination, newest rows first. New rows do not shift the pages."""

    ordering = "-created_at"
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def decode_cursor(self, request):
        """Return the request's cursor.

        Raises NotFound for a forged cursor whose position is not a time.
        """
        cursor = super().decode_cursor(request)
        if cursor and cursor.position:
            try:
                moment = datetime.fromisoformat(cursor.position)
                if not moment.tzinfo:
                    raise ValueError("no time zone")
                moment.astimezone(UTC)
            except (ValueError, OverflowError) as error:
                raise NotFound(self.invalid_cursor_message) from error
        return cursor
