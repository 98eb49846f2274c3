from celery.result import AsyncResult
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from letters.forms import LetterForm
from letters.tasks import send_letter


@require_POST
def slow(request):
    form = LetterForm(request.POST)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    return JsonResponse({"sent": send_letter(**form.cleaned_data)})


@require_POST
def quick(request):
    form = LetterForm(request.POST)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    result = send_letter.delay(**form.cleaned_data)
    return JsonResponse({"status": f"/letters/{result.id}/"}, status=202)


def letter(request, task_id):
    result = AsyncResult(str(task_id))
    sent = result.result if result.successful() else None
    return JsonResponse({"state": result.state, "sent": sent})
