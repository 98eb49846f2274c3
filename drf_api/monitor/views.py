from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from delivery.queues import QUEUES
from monitor.housekeeping import without_housekeeping
from monitor.models import SeenTask, SeenWorker
from monitor.overview import OperationalError, overview
from monitor.readiness import missing
from web.permissions import for_staff
from web.problems import MEDIA_TYPE, problem

RECENT = 20


@login_not_required
@never_cache
@require_safe
def healthz(request):
    """Return 200 to show that the web process is running."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request):
    """Return 200 if the readiness check passes, otherwise 503."""
    found = missing()
    if not found:
        return JsonResponse({"status": "ready"})
    errors = [{"field": part, "detail": symptom} for part, symptom in found.items()]
    detail = "; ".join(f"{part}: {symptom}" for part, symptom in found.items())
    return JsonResponse(
        problem(503, detail, errors),
        status=503,
        content_type=MEDIA_TYPE,
    )


@require_GET
@for_staff  # the page shows all users' tasks with their arguments
def index(request):
    """Show the workers, the queues, and the camera's latest snapshot of the tasks."""
    try:
        consumed, waiting = overview()
    except OperationalError:
        consumed, waiting = {}, None
    tasks = SeenTask.objects.all()
    everything = "all" in request.GET
    if not everything:
        tasks = without_housekeeping(tasks)
    seen = {worker.hostname: worker for worker in SeenWorker.objects.all()}
    page = {
        "workers": [
            {"name": name, "queues": consumed.get(name), "seen": seen.get(name)}
            for name in sorted(consumed.keys() | seen.keys())
        ],
        "queues": waiting
        and [(each.name, each.routing_key, waiting[each.name]) for each in QUEUES],
        "tasks": tasks[:RECENT],
        "hidden": SeenTask.objects.exists,  # called only if `tasks` is empty
        "everything": everything,
    }
    return render(request, "monitor/index.html", page)
