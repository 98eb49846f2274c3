from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from delivery.errors import NotPublished
from people.forms import BatchForm
from people.models import Batch
from people.progress import progress
from people.tasks import make_batch
from people.users import generated_users
from web.limits import limited
from web.permissions import for_staff, owner

ON_A_PAGE = 25


@require_GET
@for_staff
def index(request):
    """List the users. The parameter `?batch=ID` adds the progress of that batch.

    The page polls until the batch is finished. htmx replaces the progress and the list.
    Without JavaScript, the browser reloads the page.
    """
    page = Paginator(generated_users(), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page}
    if wanted := request.GET.get("batch"):
        context["progress"] = progress(batch_or_404(wanted))
    return render(request, "people/index.html", context)


@require_http_methods(["GET", "POST"])
@for_staff
@limited("start")
def new(request):
    """Show the form on GET. On POST, start the task and redirect to the list."""
    if request.method == "GET":
        return render(request, "people/new.html", {"form": BatchForm()})
    form = BatchForm(request.POST)
    if not form.is_valid():
        return render(request, "people/new.html", {"form": form}, status=400)
    form.instance.owner = owner(request)
    try:
        with transaction.atomic():  # save both the batch and its outbox row, or neither
            batch = form.save()
            make_batch.apply_async([str(batch.pk)], task_id=str(batch.pk))
    except NotPublished:
        form.instance.delete()
        detail = "The broker is unreachable. Nothing was started. Try again later."
        form.add_error(None, detail)
        return render(request, "people/new.html", {"form": form}, status=503)
    messages.success(request, f"Creating {batch.count} users.")
    return redirect(f"{reverse('people:index')}?batch={batch.pk}")


def batch_or_404(wanted: str) -> Batch:
    """Return the batch with this id. Raises Http404 if it does not exist."""
    try:
        return get_object_or_404(Batch, pk=UUID(wanted))
    except ValueError as error:
        raise Http404 from error
