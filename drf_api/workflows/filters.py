from django_filters import rest_framework as filters

from web.filters import MomentFilter, NewestFirst
from workflows.models import Run
from workflows.states import RUN_STATES
from workflows.testcases import TESTCASES


class RunFilter(filters.FilterSet):
    testcase = filters.ChoiceFilter(choices=[(name, name) for name in TESTCASES])
    created_after = MomentFilter("created_at", lookup_expr="gte")
    created_before = MomentFilter("created_at", lookup_expr="lt")
    # The filter by state is last, because it may read all rows that match the other
    # filters.
    state = filters.ChoiceFilter(choices=RUN_STATES, method="in_state")

    class Meta:
        model = Run
        fields: list[str] = []

    def in_state(self, runs, name, state):
        return runs.in_state(state)


class RunPagination(NewestFirst):
    def paginate_queryset(self, queryset, request, view=None):
        """Return the runs of a page, with prefetched steps and results."""
        page = super().paginate_queryset(queryset, request, view)
        return list(Run.objects.full().filter(pk__in=[run.pk for run in page]))
