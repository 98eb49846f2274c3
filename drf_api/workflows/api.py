"""The API's views. runs.py implements the operations; schema.py describes them."""

from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from web.idempotency import idempotency_key
from web.permissions import owner
from web.views import APIOrPageView
from workflows import pages, runs
from workflows.filters import RunFilter, RunPagination
from workflows.models import Run, Step
from workflows.serializers import (
    RunSerializer,
    StartSerializer,
    StatesQuerySerializer,
    WorkflowSerializer,
)
from workflows.testcases import TESTCASES, example, numbers_needed


def start(request) -> Run:
    """Validate a request, and start its run."""
    serializer = StartSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return runs.start(
        **serializer.validated_data, owner=owner(request), key=idempotency_key(request)
    )


def accepted(request, run: Run, data=None) -> Response:
    """Return 202 with the run's URL in Location, and Retry-After in seconds."""
    address = reverse("runs-detail", args=[run.pk], request=request)
    if data is None:
        data = RunSerializer(run, context={"request": request}).data
    headers = {"Location": address, "Retry-After": "1"}
    return Response(data, status=202, headers=headers)


class RootView(APIOrPageView):
    """The API of the README's two curl examples, and the home page for browsers."""

    throttle_scope = "start"

    def post(self, request):
        """Start a run, and return the ids of its tasks in order.

        The body can also be a form whose field `job_data` contains JSON.
        """
        run = start(request)
        return accepted(request, run, [step.task_id for step in run.stated_steps])

    def get(self, request):
        """Return the Celery states of the tasks, in the order of the ids."""
        if request.accepted_renderer.format == "html":
            return pages.home(request._request)
        address = request.query_params
        asked = address if "task_list" in address else request.data
        serializer = StatesQuerySerializer(data=asked)
        serializer.is_valid(raise_exception=True)
        ids = serializer.validated_data["task_list"]
        visible = Run.objects.visible_to(request.user)
        return Response(Step.objects.celery_states(ids, visible))


class WorkflowsView(APIView):
    """The available testcases."""

    def get(self, request):
        """List the testcases with their steps and example data."""
        workflows = [
            {
                "testcase": testcase,
                "steps": [
                    {"name": name, "numbers": count}
                    for name, count in numbers_needed(testcase).items()
                ],
                "example": {"testcase": testcase, "job_data": example(testcase)},
            }
            for testcase in TESTCASES
        ]
        return Response(WorkflowSerializer(workflows, many=True).data)


class RunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The runs that the user may see."""

    queryset = Run.objects.none()  # for the OpenAPI description; see get_queryset()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    pagination_class = RunPagination
    lookup_value_converter = "uuid"
    throttle_scope = "start"

    def get_queryset(self):
        visible = Run.objects.visible_to(self.request.user)
        return visible if self.action == "list" else visible.full()

    def filter_queryset(self, queryset):
        """Filter lists only. By default, a filter also applies to a single run."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def create(self, request):
        """Start a run."""
        return accepted(request, start(request))

    @action(detail=True, methods=["post"], throttle_scope="change")
    def cancel(self, request, pk):
        """Cancel a run. Returns 409 if the run has ended."""
        runs.cancel(self.get_object())
        return accepted(request, self.get_object())

    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        """Start a new run with the same data. Returns 409 if the run has not ended."""
        key = idempotency_key(request)
        return accepted(request, runs.retry(self.get_object(), owner(request), key))
