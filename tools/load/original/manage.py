"""A minimal tutorial application, for comparison: `make load`.

The only view starts a chain, returns the ids of the tasks, and reads their states one
by one. The application has no table, no idempotency key, no throttle and no time limit.
Messages are acknowledged before their tasks run. runserver serves the application, and
the worker runs without options.
"""

import json
import sys

from celery import chain
from django.conf import settings
from django.core.management import execute_from_command_line
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=True,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="django-insecure",  # noqa: S106, as in tutorials
)

from rest_framework.response import Response  # noqa: E402, needs the settings
from rest_framework.views import APIView  # noqa: E402

from taskrunner import app, div, mul  # noqa: E402


class WorkflowView(APIView):
    """Start a chain with POST, and read states with GET."""

    def post(self, request):
        """Start a chain. Return the ids of its tasks, in order."""
        job_data = json.loads(request.data["job_data"])
        result = chain(div.s(*job_data["div"]), mul.s(*job_data["mul"])).apply_async()
        ids = []
        while result:
            ids.insert(0, result.id)
            result = result.parent
        return Response(ids)

    def get(self, request):
        """Read the state of each task from the result backend."""
        ids = json.loads(request.query_params["task_list"])
        return Response({task_id: app.AsyncResult(task_id).state for task_id in ids})


urlpatterns = [path("", WorkflowView.as_view())]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
