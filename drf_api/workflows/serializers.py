"""The serializers of the API. schema.py extends their OpenAPI description."""

from rest_framework import serializers
from rest_framework.reverse import reverse

from web.fields import JSONValue, TaskList
from workflows import checks
from workflows.models import Run, Step
from workflows.states import RUN_STATES, STEP_STATES
from workflows.testcases import TESTCASES, numbers_needed


class StartSerializer(serializers.Serializer):
    """A testcase to run, with its numbers."""

    testcase = serializers.ChoiceField(choices=list(TESTCASES))
    job_data = JSONValue()

    def validate(self, attrs):
        testcase = attrs["testcase"]
        needed = numbers_needed(testcase)
        if wrong := checks.job_data(testcase, needed, attrs["job_data"]):
            raise serializers.ValidationError({"job_data": wrong})
        return attrs


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
        fields = read_only_fields = [
            "task_id",
            "name",
            "numbers",
            "state",
            "result",
            "error",
            "started_at",
            "finished_at",
        ]


class RunSerializer(serializers.ModelSerializer):
    """A run and its steps. The links include only operations that the state permits."""

    state = serializers.ChoiceField(choices=RUN_STATES)
    percent = serializers.IntegerField(min_value=0, max_value=100)
    error = serializers.CharField(help_text="The error of a failed run, or empty.")
    finished_at = serializers.DateTimeField(
        allow_null=True,
        help_text="The end of the last step. Null if the run is unfinished or no step "
        "ran.",
    )
    steps = StepSerializer(many=True, source="stated_steps")
    links = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = read_only_fields = [
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
    numbers = serializers.IntegerField(help_text="How many numbers the step takes.")


class WorkflowSerializer(serializers.Serializer):
    """A testcase with its steps in order and example data."""

    testcase = serializers.CharField()
    steps = WorkflowStepSerializer(many=True)
    example = StartSerializer()
