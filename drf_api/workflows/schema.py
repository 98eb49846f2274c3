"""The OpenAPI description of api.py and serializers.py, imported by urls.py."""

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import serializers

from web.idempotency import KEY
from web.problems import CHANGING, READING, answers
from workflows import api
from workflows.checks import LARGEST
from workflows.serializers import RunSerializer, StartSerializer, WorkflowSerializer
from workflows.testcases import TESTCASES, example, numbers_needed

ACCEPTED = [
    OpenApiParameter(
        "Location",
        str,
        OpenApiParameter.HEADER,
        response=[202],
        description="The URL of the run.",
    ),
    OpenApiParameter(
        "Retry-After",
        int,
        OpenApiParameter.HEADER,
        response=[202],
        description="Seconds to wait before the first poll.",
    ),
]
START = {"application/json": StartSerializer}


extend_schema_view(
    post=extend_schema(
        operation_id="start_workflow",
        tags=["curl"],
        request=START,
        parameters=[KEY, *ACCEPTED],
        responses={
            202: {
                "type": "array",
                "items": {"type": "string", "format": "uuid"},
            },
            **answers(422, *CHANGING),
        },
    ),
    get=extend_schema(
        operation_id="task_states",
        tags=["curl"],
        parameters=[
            OpenApiParameter(
                "task_list",
                {
                    "type": "string",
                    "pattern": r'^\["[0-9a-f-]+"(,"[0-9a-f-]+")*\]$',
                },
                required=True,
                description='Task ids as JSON: ["id1","id2"]. A form is also accepted.',
            )
        ],
        responses={
            200: {
                "type": "object",
                "additionalProperties": {"type": "string"},
            },
            **answers(400, *READING),
        },
    ),
)(api.RootView)


extend_schema_view(
    get=extend_schema(
        operation_id="list_workflows",
        tags=["workflows"],
        responses={200: WorkflowSerializer(many=True), **answers(*READING)},
    )
)(api.WorkflowsView)


extend_schema_view(
    list=extend_schema(
        operation_id="list_runs",
        tags=["runs"],
        description="List the runs, newest first.",
        responses={
            200: RunSerializer(many=True),
            **answers(400, 404, *READING),
        },
    ),
    retrieve=extend_schema(
        operation_id="show_run",
        tags=["runs"],
        description="Show a run. The status is 200 even if the run failed.",
        responses={200: RunSerializer, **answers(404, *READING)},
    ),
    create=extend_schema(
        operation_id="start_run",
        tags=["runs"],
        request=START,
        parameters=[KEY, *ACCEPTED],
        responses={202: RunSerializer, **answers(422, *CHANGING)},
    ),
    cancel=extend_schema(
        operation_id="cancel_run",
        tags=["runs"],
        request=None,
        parameters=ACCEPTED,
        responses={202: RunSerializer, **answers(404, 409, *CHANGING)},
    ),
    retry=extend_schema(
        operation_id="retry_run",
        tags=["runs"],
        request=None,
        parameters=[KEY, *ACCEPTED],
        responses={202: RunSerializer, **answers(404, 409, 422, *CHANGING)},
    ),
)(api.RunViewSet)


extend_schema_field(
    inline_serializer(
        "Links",
        {
            "self": serializers.URLField(),
            "page": serializers.URLField(),
            "cancel": serializers.URLField(required=False),
            "retry": serializers.URLField(required=False),
        },
    )
)(RunSerializer.get_links)


class StartSchema(OpenApiSerializerExtension):
    """The request body that starts a run, with steps and numbers for each testcase."""

    target_class = StartSerializer

    def map_serializer(self, auto_schema, direction):
        return {
            "required": ["testcase", "job_data"],
            "oneOf": [start_schema(testcase) for testcase in TESTCASES],
        }


def start_schema(testcase: str) -> dict:
    """Return the schema of the request body that starts a testcase."""
    needed = numbers_needed(testcase)
    job_data = {
        "type": "object",
        "properties": {step: numbers_schema(count) for step, count in needed.items()},
        "required": list(needed),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": testcase,
        "properties": {
            "testcase": {"type": "string", "pattern": f"^{testcase}$"},
            "job_data": job_data,
        },
        "required": ["testcase", "job_data"],
        "example": {"testcase": testcase, "job_data": example(testcase)},
    }


def numbers_schema(count: int) -> dict:
    """Return the schema of a list of `count` numbers."""
    number = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
    return {"type": "array", "items": number, "minItems": count, "maxItems": count}
