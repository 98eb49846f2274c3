from django.contrib import admin
from django.forms import BaseInlineFormSet

from web.admin import ReadOnly, one_of, short_id
from workflows import runs
from workflows.models import Run, Step
from workflows.states import RUN_STATES
from workflows.templatetags.states import badge
from workflows.testcases import TESTCASES


class StepFormSet(BaseInlineFormSet):
    """The steps of a run. A step's state depends on the states of earlier steps."""

    def get_queryset(self):
        return self.instance.stated_steps


class StepInline(ReadOnly, admin.TabularInline):
    model = Step
    formset = StepFormSet
    fields = ["position", "name", "numbers", "task_id", "state"]
    readonly_fields = fields
    can_delete = False

    def state(self, step):
        return badge(step.state)


class StateFilter(admin.SimpleListFilter):
    title = parameter_name = "state"

    def lookups(self, request, model_admin):
        return RUN_STATES

    def queryset(self, request, runs):
        if self.value() not in dict(RUN_STATES):
            return runs
        return runs.in_state(self.value())


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [short_id("id"), "testcase", "badge", "owner", "created_at"]
    list_filter = [StateFilter, one_of("testcase", lambda: TESTCASES), "created_at"]
    list_select_related = ["owner"]
    readonly_fields = ["badge", "created_at"]
    inlines = [StepInline]

    def get_queryset(self, request):
        return super().get_queryset(request).full()

    def delete_model(self, request, run):
        self.delete_queryset(request, self.get_queryset(request).filter(pk=run.pk))

    def delete_queryset(self, request, queryset):
        """Cancel unfinished runs before deleting them."""
        for run in queryset:
            if not run.finished:
                runs.cancel(run)
        super().delete_queryset(request, queryset)

    @admin.display(description="state")
    def badge(self, run):
        return badge(run.state)
