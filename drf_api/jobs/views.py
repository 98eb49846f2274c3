from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery.broker import OperationalError
from delivery.errors import NotPublished
from delivery.queues import queue_for
from jobs.active import active_jobs
from jobs.forms import JobForm
from jobs.tasks import lazy_job, sample_task
from web.idempotency import KEY, idempotency_key
from web.limits import limited
from web.permissions import sees_all
from web.problems import CHANGING, answers

LOOKS = 3  # how often the page looks for a job that has not begun yet


@require_http_methods(["GET", "POST"])
@limited("start")
def index(request):
    """Show the form; send the job that it describes."""
    if request.method == "GET":
        return form_page(request, JobForm())
    form = JobForm(request.POST)
    if not form.is_valid():
        return form_page(request, form, status=400)
    name = form.cleaned_data["name"]
    try:
        lazy_job.apply_async(args=[name], routing_key=form.routing_key)
    except NotPublished:
        form.add_error(None, "The broker is unreachable. Nothing was sent. Retry.")
        return form_page(request, form, status=503)
    queue = queue_for(form.routing_key)
    messages.success(request, f"Sent {name} as {form.routing_key}: queue {queue}.")
    return redirect("jobs:index")


def form_page(request, form, status=200):
    """Return the page of a form, filled in or not."""
    page = {"form": form, "looks": LOOKS}
    return render(request, "jobs/index.html", page, status=status)


@require_GET
def active(request):
    """Show what the workers run now: a page, or to htmx the list alone.

    The list asks for itself again while there is something on it, and a few times
    before, for a job that was sent and has not begun. Not every second, if it can be
    long: each look holds a thread for the half second that workers have to answer.
    """
    looks = request.GET.get("looks", "0")[:1]
    looks = min(int(looks), LOOKS) if looks.isdecimal() else 0
    try:
        jobs, unreachable = active_jobs(), False
    except OperationalError:
        jobs, unreachable = [], True
    page = {
        "jobs": jobs,
        "unreachable": unreachable,
        "looks": LOOKS if jobs else looks - 1,
        "again": bool(jobs) or looks > 0,
        # What others' jobs are about is not everybody's business.
        "with_arguments": sees_all(request.user),
    }
    template = "jobs/_active.html" if request.htmx else "jobs/active.html"
    return render(request, template, page)


class SampleView(APIView):
    """Send `sample_task`, and answer at once."""

    throttle_scope = "start"

    @extend_schema(
        summary="Send sample_task",
        request=None,
        parameters=[KEY],
        responses={
            202: inline_serializer("SampleTask", {"task_id": serializers.UUIDField()}),
            **answers(422, *CHANGING),
        },
    )
    def post(self, request):
        key = idempotency_key(request)
        # Another user may have the same key.
        key = key and f"{request.user.pk or ''} {key}"
        result = sample_task.apply_async(idempotency_key=key or None)
        return Response({"task_id": result.id}, status=202)
