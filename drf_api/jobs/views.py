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

POLLS = 3  # the number of polls for a job that has not started


@require_http_methods(["GET", "POST"])
@limited("start")
def index(request):
    """Show the form on GET, and send a job on POST."""
    if request.method == "GET":
        return form_page(request, JobForm())
    form = JobForm(request.POST)
    if not form.is_valid():
        return form_page(request, form, status=400)
    name = form.cleaned_data["name"]
    try:
        lazy_job.apply_async(args=[name], routing_key=form.routing_key)
    except NotPublished:
        detail = "The broker is unreachable. Nothing was sent. Try again later."
        form.add_error(None, detail)
        return form_page(request, form, status=503)
    queue = queue_for(form.routing_key)
    messages.success(request, f"Sent {name} as {form.routing_key}: queue {queue}.")
    return redirect("jobs:index")


def form_page(request, form, status=200):
    """Return the page with the form."""
    page = {"form": form, "polls": POLLS}
    return render(request, "jobs/index.html", page, status=status)


@require_GET
def active(request):
    """Show the running tasks: the whole page, or only the list for htmx.

    The list polls while a task is running. An empty list polls `polls` more times,
    because a new job may not have started yet.

    Each poll blocks a thread of the web process for half a second, while the workers
    reply. A list with tasks therefore polls less often.
    """
    polls = request.GET.get("polls", "0")[:1]
    polls = min(int(polls), POLLS) if polls.isdecimal() else 0
    try:
        jobs, unreachable = active_jobs(), False
    except OperationalError:
        jobs, unreachable = [], True
    page = {
        "jobs": jobs,
        "unreachable": unreachable,
        "polls": POLLS if jobs else polls - 1,
        "poll": bool(jobs) or polls > 0,
        # Arguments may be private, so the page shows them only to users who may see all
        # runs.
        "with_arguments": sees_all(request.user),
    }
    template = "jobs/_active.html" if request.htmx else "jobs/active.html"
    return render(request, template, page)


class SampleView(APIView):
    """Send `sample_task`, and return its id without waiting for the result."""

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
        # Different users may send the same key.
        key = key and f"{request.user.pk or ''} {key}"
        result = sample_task.apply_async(idempotency_key=key or None)
        return Response({"task_id": result.id}, status=202)
