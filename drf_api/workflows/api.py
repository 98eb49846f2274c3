"""The API. What it does is in runs.py; here is how it is asked and answered."""

from django.contrib.auth.views import redirect_to_login
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from web.idempotency import KEY, idempotency_key
from web.permissions import owner
from web.problems import CHANGING, READING, answers
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

ACCEPTED = [
    OpenApiParameter(
        "Location", str, OpenApiParameter.HEADER, response=[202], description="The run."
    ),
    OpenApiParameter(
        "Retry-After",
        int,
        OpenApiParameter.HEADER,
        response=[202],
        description="Seconds after which to look at it.",
    ),
]


def start(request) -> Run:
    """Start the run that a request asks for."""
    serializer = StartSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return runs.start(
        **serializer.validated_data,
        owner=owner(request),
        key=idempotency_key(request),
    )


def accepted(request, run: Run, data=None) -> Response:
    """Answer 202: where the run is, and when to look at it."""
    headers = {
        "Location": reverse("runs-detail", args=[run.pk], request=request),
        "Retry-After": "1",
    }
    if data is None:
        data = RunSerializer(run, context={"request": request}).data
    return Response(data, status=202, headers=headers)


class RootView(APIView):
    """The two lines of curl that it all began with; to a browser, the home page."""

    throttle_scope = "start"

    def get_renderers(self):
        if self.request.method in ("GET", "HEAD"):
            return [JSONRenderer(), TemplateHTMLRenderer()]
        return [JSONRenderer()]

    def finalize_response(self, request, response, *args, **kwargs):
        """Say to caches that the answer depends on what was asked for."""
        patch_vary_headers(response, ["Accept"])
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc):
        """Send a browser to the login; anything else is said as to a program."""
        renderer = getattr(self.request, "accepted_renderer", None)
        if isinstance(renderer, TemplateHTMLRenderer):
            if isinstance(exc, NotAuthenticated):
                return redirect_to_login(self.request.path)
            self.request.accepted_renderer = JSONRenderer()
        return super().handle_exception(exc)

    @extend_schema(
        operation_id="start_workflow",
        tags=["curl"],
        request={"application/json": StartSerializer},
        parameters=[KEY, *ACCEPTED],
        responses={
            202: {"type": "array", "items": {"type": "string", "format": "uuid"}},
            **answers(422, *CHANGING),
        },
    )
    def post(self, request):
        """Start a run, and answer with the ids of its tasks, in their order.

        A form does as well, with `job_data` as JSON inside.
        """
        run = start(request)
        return accepted(request, run, [step.task_id for step in run.stated_steps])

    @extend_schema(
        operation_id="task_states",
        tags=["curl"],
        parameters=[
            OpenApiParameter(
                "task_list",
                {"type": "string", "pattern": r'^\["[0-9a-f-]+"(,"[0-9a-f-]+")*\]$'},
                required=True,
                description='Ids, as JSON: ["id1","id2"]. A form as the body does too.',
            )
        ],
        responses={
            200: {"type": "object", "additionalProperties": {"type": "string"}},
            **answers(400, *READING),
        },
    )
    def get(self, request):
        """Answer with Celery's own states of tasks, in the order asked."""
        if request.accepted_renderer.format == "html":
            return pages.home(request._request)
        address = request.query_params
        asked = address if "task_list" in address else request.data
        serializer = StatesQuerySerializer(data=asked)
        serializer.is_valid(raise_exception=True)
        ids = serializer.validated_data["task_list"]
        return Response(Step.objects.celery_states(ids, request.user))


class WorkflowsView(APIView):
    @extend_schema(
        operation_id="list_workflows",
        tags=["workflows"],
        responses={200: WorkflowSerializer(many=True), **answers(*READING)},
    )
    def get(self, request):
        """List the testcases, their steps, and an example of each."""
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


@extend_schema_view(
    list=extend_schema(
        operation_id="list_runs",
        tags=["runs"],
        description="List the runs, the newest first.",
        responses={200: RunSerializer(many=True), **answers(400, 404, *READING)},
    ),
    retrieve=extend_schema(
        operation_id="show_run",
        tags=["runs"],
        description="Show a run. A failed one is 200 as well: the answer is right.",
        responses={200: RunSerializer, **answers(404, *READING)},
    ),
)
class RunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    queryset = Run.objects.none()  # for the API's description; see get_queryset()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    pagination_class = RunPagination
    lookup_value_converter = "uuid"
    throttle_scope = "start"

    def get_queryset(self):
        runs = Run.objects.visible_to(self.request.user)
        return runs if self.action == "list" else runs.full()

    @extend_schema(
        operation_id="start_run",
        tags=["runs"],
        request={"application/json": StartSerializer},
        parameters=[KEY, *ACCEPTED],
        responses={
            202: RunSerializer,
            **answers(422, *CHANGING),
        },
    )
    def create(self, request):
        """Start a run."""
        return accepted(request, start(request))

    @extend_schema(
        operation_id="cancel_run",
        tags=["runs"],
        request=None,
        parameters=ACCEPTED,
        responses={202: RunSerializer, **answers(404, 409, *CHANGING)},
    )
    @action(detail=True, methods=["post"], throttle_scope="change")
    def cancel(self, request, pk):
        """Cancel a run; 409 if it has ended."""
        runs.cancel(self.get_object())
        return accepted(request, self.get_object())

    @extend_schema(
        operation_id="retry_run",
        tags=["runs"],
        request=None,
        parameters=[KEY, *ACCEPTED],
        responses={202: RunSerializer, **answers(404, 409, 422, *CHANGING)},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk):
        """Start a new run with the same data; 409 if this one has not ended."""
        key = idempotency_key(request)
        return accepted(request, runs.retry(self.get_object(), owner(request), key))
