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
    """Say that this process runs; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request):
    """Say whether database, broker and workers are there, within a second."""
    gone = missing()
    if not gone:
        return JsonResponse({"status": "ready"})
    errors = [{"field": what, "detail": how} for what, how in gone.items()]
    detail = "; ".join(f"{what}: {how}" for what, how in gone.items())
    return JsonResponse(
        problem(503, detail, errors),
        status=503,
        content_type=MEDIA_TYPE,
    )


@require_GET
@for_staff  # other people's tasks and their arguments
def index(request):
    """Show workers and queues as they are now, and the tasks that the camera saw."""
    try:
        taken, waiting = overview()
    except OperationalError:
        taken, waiting = {}, None
    tasks = SeenTask.objects.all()
    everything = "all" in request.GET
    if not everything:
        tasks = without_housekeeping(tasks)
    seen = {worker.hostname: worker for worker in SeenWorker.objects.all()}
    page = {
        "workers": [
            {"name": name, "queues": taken.get(name), "seen": seen.get(name)}
            for name in sorted(taken.keys() | seen.keys())
        ],
        "queues": waiting
        and [(each.name, each.routing_key, waiting[each.name]) for each in QUEUES],
        "tasks": tasks[:RECENT],
        "everything": everything,
    }
    return render(request, "monitor/index.html", page)
