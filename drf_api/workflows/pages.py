"""The pages. Each button posts to its own URL, which redirects to a page."""

import json

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from delivery.errors import Conflict, NotPublished
from web.limits import limited
from web.permissions import owner
from web.problems import field_errors
from workflows import runs
from workflows.expressions import enclosed, expression
from workflows.models import Run
from workflows.operations import OPERATIONS
from workflows.serializers import StartSerializer
from workflows.states import RUN_STATES
from workflows.testcases import TESTCASES, example, numbers_needed
from workflows.timeline import timeline


def home(request, typed=None, status=200):
    """Show a form for each testcase, and the latest runs."""
    typed = typed or {}
    latest = Run.objects.visible_to(request.user)[:8]
    recent = list(Run.objects.full().filter(pk__in=latest.values("pk")))
    context = {
        "cards": [
            card(testcase, typed.get(testcase) or example(testcase))
            for testcase in TESTCASES
        ],
        "runs": recent,
        "unfinished": any(not run.finished for run in recent),
    }
    return render(request, "workflows/home.html", context, status=status)


def card(testcase, job_data):
    """Return a testcase's form as a dict: its steps with their signs and numbers."""
    needed = numbers_needed(testcase)
    steps = [
        # Pad the numbers, because an invalid request may contain too few.
        {
            "name": name,
            "sign": OPERATIONS[name].sign,
            "numbers": [*job_data[name], *[""] * count][:count],
            "closes": encloses,  # add a closing parenthesis before the sign
        }
        for (name, count), encloses in zip(
            needed.items(), enclosed(list(needed)), strict=True
        )
    ]
    opened = "(" * sum(enclosed(list(needed)))
    first, *later = steps
    return {"testcase": testcase, "opened": opened, "first": first, "later": later}


def number(text: str) -> int | float | str:
    """Convert a numeric text to a number. Return any other text unchanged."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def visible(request, pk) -> Run:
    """Return a run. Raises Http404 if the run does not exist or is not visible."""
    return get_object_or_404(Run.objects.full().visible_to(request.user), pk=pk)


@require_POST
@limited("start")
def start(request):
    """Start a testcase with the numbers from its form."""
    testcase = request.POST.get("testcase", "")
    job_data = {
        name: [number(text) for text in request.POST.getlist(name)]
        for name in TESTCASES.get(testcase, [])
    }
    form = StartSerializer(data={"testcase": testcase, "job_data": job_data})
    if not form.is_valid():
        for error in field_errors(form.errors):
            messages.error(request, f"{error['field']}: {error['detail']}")
        return home(request, {testcase: job_data}, status=400)
    try:
        run = runs.start(**form.validated_data, owner=owner(request))
    except NotPublished as error:
        messages.error(request, str(error))
        return home(request, {testcase: job_data}, status=503)
    return redirect("run", run.pk)


@require_GET
def run_list(request):
    """List the runs, filtered by the parameter `?state=`."""
    found = Run.objects.visible_to(request.user)
    state = request.GET.get("state")
    if state in dict(RUN_STATES):
        found = found.in_state(state)
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    listed = list(Run.objects.full().filter(pk__in=page.object_list.values("pk")))
    context = {
        "page": page,
        "runs": listed,
        "states": RUN_STATES,
        "state": state,
        "unfinished": any(not run.finished for run in listed),
    }
    return render(request, "workflows/list.html", context)


@require_GET
def run(request, pk):
    """Show a run with its steps, its timeline, and the button Cancel or Run again."""
    found = visible(request, pk)
    context = {
        "run": found,
        "timeline": timeline(found),
        "expression": expression(found.job_data, [s.name for s in found.stated_steps]),
        "job_data": json.dumps(found.job_data),
        "task_list": json.dumps([step.task_id for step in found.stated_steps]),
        "root": request.build_absolute_uri("/"),
    }
    return render(request, "workflows/run.html", context)


@require_POST
@limited("change")
def cancel(request, pk):
    """Cancel a run, and redirect to its page."""
    try:
        runs.cancel(visible(request, pk))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("run", pk)


@require_POST
@limited("start")
def retry(request, pk):
    """Retry a run, and redirect to the page of the new run."""
    try:
        return redirect("run", runs.retry(visible(request, pk), owner(request)).pk)
    except (Conflict, NotPublished) as error:
        messages.error(request, str(error))
        return redirect("run", pk)
