from celery.result import AsyncResult
from django.db import transaction
from django.forms import modelform_factory
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.models import Order
from orders.tasks import mail_receipt

OrderForm = modelform_factory(Order, fields=["email"])


@csrf_exempt  # for programs such as curl; remove it if you use a form
@require_POST
def create_order(request):
    form = OrderForm(request.POST)
    if not form.is_valid():
        return JsonResponse(form.errors, status=400)
    with transaction.atomic():
        order = form.save()
        mail_receipt.apply_async_on_commit((order.pk,), task_id=str(order.mail_id))
    return JsonResponse({"status": reverse("order", args=[order.pk])}, status=202)


def order_status(request, pk):
    order = get_object_or_404(Order, pk=pk)
    return JsonResponse({"mail": AsyncResult(str(order.mail_id)).state})
