"""Start a report in a view.

Complete two views. `order_report` receives a request with a JSON body, such as {"year":
2026}. The view starts the task make_report for that year, stores the task's id in a row
of the table Report, and returns without waiting. The response has status 202 and a
Location header with the path /reports/ID/. `show_report` returns {"state": ..., "file":
...} with status 200, where the file is null until the report is ready. For an id
without a row, show_report returns 404.
"""

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
    return HttpResponse()  # your code here


def show_report(request: HttpRequest, task_id: str) -> HttpResponse:
    return HttpResponse()  # your code here


urlpatterns = [
    path("reports/", order_report),
    path("reports/<str:task_id>/", show_report),
]
