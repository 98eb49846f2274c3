from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django_filters import rest_framework as filters
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from taskrunner.states import RUN_STATES
from workflows.models import Run
from workflows.testcases import TESTCASES


class RunFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=RUN_STATES)
    testcase = filters.ChoiceFilter(choices=[(name, name) for name in TESTCASES])
    created_after = filters.IsoDateTimeFilter("created_at", lookup_expr="gte")
    created_before = filters.IsoDateTimeFilter("created_at", lookup_expr="lt")

    class Meta:
        model = Run
        fields: list[str] = []


class RunPagination(CursorPagination):
    """Pages that stay put while new runs arrive."""

    ordering = "-created_at"
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def decode_cursor(self, request):
        """Also refuse a cursor that was made up and holds no time."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position:
            try:
                known = parse_datetime(cursor.position)
            except ValueError:
                known = None
            if known is None or is_naive(known):
                raise NotFound(self.invalid_cursor_message)
        return cursor
