"""Celery reports PENDING for unknown ids, so the table stores the valid ids."""

import json

from celery import Celery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from shop.models import Report

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def make_report(year: int) -> str:
    return f"report-{year}.pdf"


def order_report(request: HttpRequest) -> HttpResponse:
    year = json.loads(request.body)["year"]
    result = make_report.delay(year)
    Report.objects.create(task_id=result.id)
    return HttpResponse(status=202, headers={"Location": f"/reports/{result.id}/"})


def show_report(request: HttpRequest, task_id: str) -> HttpResponse:
    if not Report.objects.filter(task_id=task_id).exists():
        return HttpResponse(status=404)
    result = app.AsyncResult(task_id)
    file = result.result if result.successful() else None
    return JsonResponse({"state": result.state, "file": file})


urlpatterns = [
    path("reports/", order_report),
    path("reports/<str:task_id>/", show_report),
]
