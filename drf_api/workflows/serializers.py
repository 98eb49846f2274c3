import json

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.reverse import reverse

from web.parsers import must_be_text
from workflows.models import Run, Step
from workflows.states import RUN_STATES, STEP_STATES
from workflows.testcases import LARGEST, TESTCASES, example, mistakes, numbers_needed


def start_schema() -> dict:
    """Describe exactly what starts a run: for each testcase, its steps and numbers."""

    def numbers(count):
        number = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
        return {
            "type": "array",
            "items": number,
            "minItems": count,
            "maxItems": count,
        }

    def one(testcase):
        needed = numbers_needed(testcase)
        job_data = {
            "type": "object",
            "properties": {step: numbers(count) for step, count in needed.items()},
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

    return {
        "required": ["testcase", "job_data"],
        "oneOf": [one(testcase) for testcase in TESTCASES],
    }


class JSONValue(serializers.Field):
    """A value as JSON, or as text that holds JSON, as a form or an address has it."""

    default_error_messages = {"invalid": "This is not JSON."}

    def to_internal_value(self, data):
        if not isinstance(data, str):
            return data
        try:
            value = json.loads(data)
            must_be_text(value)
        except (ValueError, RecursionError):
            self.fail("invalid")
        return value

    def to_representation(self, value):
        return value


@extend_schema_field({"type": "object", "additionalProperties": {"type": "array"}})
class JobData(JSONValue):
    """The numbers of each step."""


class TaskList(JSONValue):
    """Ids of tasks."""

    def to_internal_value(self, data):
        ids = super().to_internal_value(data)
        texts = isinstance(ids, list) and all(
            isinstance(one, str) and one.isprintable() for one in ids
        )
        if not texts or not 1 <= len(ids) <= 1000:
            raise serializers.ValidationError("A list of 1 to 1000 ids.")
        return ids


class StartSerializer(serializers.Serializer):
    """What to run, with which numbers."""

    testcase = serializers.ChoiceField(choices=list(TESTCASES))
    job_data = JobData(
        help_text="Two numbers for the first step, one for each later one."
    )

    def validate(self, attrs):
        if wrong := mistakes(attrs["testcase"], attrs["job_data"]):
            raise serializers.ValidationError({"job_data": wrong})
        return attrs


class StartSerializerSchema(OpenApiSerializerExtension):
    target_class = StartSerializer

    def map_serializer(self, auto_schema, direction):
        return start_schema()


class StatesQuerySerializer(serializers.Serializer):
    task_list = TaskList()


class StepSerializer(serializers.ModelSerializer):
    state = serializers.ChoiceField(choices=STEP_STATES)
    result = serializers.FloatField(allow_null=True)
    error = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    numbers = serializers.ListField(child=serializers.FloatField())

    class Meta:
        model = Step
        fields = [
            "task_id",
            "name",
            "numbers",
            "state",
            "result",
            "error",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer):
    """A run and its steps. What can be done with it now is among its links."""

    state = serializers.ChoiceField(choices=RUN_STATES)
    percent = serializers.IntegerField(min_value=0, max_value=100)
    error = serializers.CharField(help_text="Why it failed; else empty.")
    finished_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When its last step ended; null until then, or if none has run.",
    )
    steps = StepSerializer(many=True, source="stated_steps")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = [
            "id",
            "testcase",
            "job_data",
            "state",
            "percent",
            "error",
            "created_at",
            "finished_at",
            "retry_of",
            "steps",
            "links",
        ]
        read_only_fields = fields

    @extend_schema_field(
        inline_serializer(
            "Links",
            {
                "self": serializers.URLField(),
                "page": serializers.URLField(),
                "cancel": serializers.URLField(required=False),
                "retry": serializers.URLField(required=False),
            },
        )
    )
    def get_links(self, run):
        names = {"self": "runs-detail", "page": "run"}
        if run.finished:
            names["retry"] = "runs-retry"
        else:
            names["cancel"] = "runs-cancel"
        request = self.context["request"]
        return {
            link: reverse(name, args=[run.pk], request=request)
            for link, name in names.items()
        }


class WorkflowStepSerializer(serializers.Serializer):
    name = serializers.CharField()
    numbers = serializers.IntegerField(help_text="How many numbers it needs.")


class WorkflowSerializer(serializers.Serializer):
    """A testcase: its steps in order, and data to start it with."""

    testcase = serializers.CharField()
    steps = WorkflowStepSerializer(many=True)
    example = StartSerializer()
