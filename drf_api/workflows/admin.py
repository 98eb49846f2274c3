from django.contrib import admin
from django.forms import BaseInlineFormSet
from django_celery_results.admin import TaskResultAdmin
from django_celery_results.models import TaskResult

from web.admin import ReadOnly, short_id
from workflows import runs
from workflows.models import Run, Step
from workflows.states import RUN_STATES
from workflows.templatetags.states import badge


class StepFormSet(BaseInlineFormSet):
    """The steps of a run, each with the state that follows from those before it."""

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
        return runs.filter(pk__in=runs.in_state(self.value()).values("pk"))


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [short_id("id"), "testcase", "badge", "owner", "created_at"]
    list_filter = [StateFilter, "testcase", "created_at"]
    list_select_related = ["owner"]
    readonly_fields = ["badge"]
    inlines = [StepInline]

    class Media:
        css = {"all": ["states.css"]}

    def get_queryset(self, request):
        return super().get_queryset(request).full()

    def delete_model(self, request, run):
        self.delete_queryset(request, self.get_queryset(request).filter(pk=run.pk))

    def delete_queryset(self, request, queryset):
        """Cancel what has not ended: nobody could do so afterwards."""
        for run in queryset:
            if not run.finished:
                runs.cancel(run)
        super().delete_queryset(request, queryset)

    @admin.display(description="state")
    def badge(self, run):
        return badge(run.state)


admin.site.unregister(TaskResult)


class SenderFilter(admin.SimpleListFilter):
    """Hide what the schedule sent, unless it is asked for."""

    title = "sender"
    parameter_name = "sender"

    def lookups(self, request, model_admin):
        return [("schedule", "The schedule"), ("all", "All")]

    def choices(self, changelist):
        without, *others = super().choices(changelist)
        return [without | {"display": "Without the schedule"}, *others]

    def queryset(self, request, results):
        one_entry = any(key.startswith("periodic_task_name") for key in request.GET)
        if self.value() == "all" or one_entry:
            return results
        by_hand = self.value() != "schedule"
        return results.filter(periodic_task_name__isnull=by_hand)


@admin.register(TaskResult)
class ResultAdmin(TaskResultAdmin):
    list_display = [
        short_id("task_id"),
        "task_name",
        "status",
        "date_done",
        "worker",
        "periodic_task_name",
    ]
    list_filter = [SenderFilter, *TaskResultAdmin.list_filter]

    def has_delete_permission(self, request, obj=None):
        """Not: a run whose result has gone would say "running" for ever."""
        return False
