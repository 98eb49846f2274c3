"""Filters and pages of lists, for addresses that clients write themselves."""

from datetime import MINYEAR, UTC, datetime

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class MomentField(filters.IsoDateTimeFilter.field_class):
    def clean(self, value):
        """Return the moment in UTC, or the first or last that there is in UTC."""
        try:
            moment = super().clean(value)
        except ValidationError as error:
            if " " not in value:
                raise
            raise ValidationError(  # django-filter interpolates it
                "Enter a valid date/time. In an address, write + as %%2B."
            ) from error
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            limit = datetime.min if moment.year == MINYEAR else datetime.max
            return limit.replace(tzinfo=UTC)


class MomentFilter(filters.IsoDateTimeFilter):
    field_class = MomentField


class NewestFirst(CursorPagination):
    """Pages that stay as they are while new rows arrive, the newest row first."""

    ordering = "-created_at"
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def decode_cursor(self, request):
        """Also refuse a cursor that was made up and holds no time."""
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
