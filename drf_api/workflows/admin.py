from django.contrib import admin

from taskrunner.admin import ReadOnly
from workflows.models import Run, Step


class StepInline(ReadOnly, admin.TabularInline):
    model = Step
    fields = ["position", "name", "numbers", "task_id", "status"]
    readonly_fields = fields
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("task")

    def status(self, step):
        return step.task.status if step.task else "PENDING"


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["id", "testcase", "state", "owner", "created_at"]
    list_filter = ["testcase", "created_at"]
    list_select_related = ["owner"]
    inlines = [StepInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_state()

    @admin.display(ordering="state")
    def state(self, run):
        return run.state
