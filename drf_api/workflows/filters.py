from datetime import MINYEAR, UTC, datetime

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from workflows.models import Run
from workflows.states import RUN_STATES
from workflows.testcases import TESTCASES


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


class RunFilter(filters.FilterSet):
    testcase = filters.ChoiceFilter(choices=[(name, name) for name in TESTCASES])
    created_after = MomentFilter("created_at", lookup_expr="gte")
    created_before = MomentFilter("created_at", lookup_expr="lt")
    # The last, since it may go through all that the others leave.
    state = filters.ChoiceFilter(choices=RUN_STATES, method="in_state")

    class Meta:
        model = Run
        fields: list[str] = []

    def in_state(self, runs, name, state):
        return runs.in_state(state)


class RunPagination(CursorPagination):
    """Pages that stay put while new runs arrive."""

    ordering = "-created_at"
    page_size = 20
    max_page_size = 100
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset, request, view=None):
        """Return the page's runs with all that is shown of them."""
        page = super().paginate_queryset(queryset, request, view)
        return list(Run.objects.full().filter(pk__in=[run.pk for run in page]))

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
