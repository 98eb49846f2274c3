"""An application as tutorials have it, to be measured beside ours: `make load`.

One view. It starts a chain and answers with the ids of its tasks; it asks for their
states one by one. It keeps nothing of what it was asked for: no table, no key, no
throttle, no time limit; messages are acknowledged before their tasks run. It is served
by runserver, its worker started without options.
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
    SECRET_KEY="django-insecure",  # noqa: S106, as they have it
)

from rest_framework.response import Response  # noqa: E402, needs the settings
from rest_framework.views import APIView  # noqa: E402

from taskrunner import app, div, mul  # noqa: E402


class WorkflowView(APIView):
    """The two lines of curl."""

    def post(self, request):
        """Start a chain; answer with the ids of its tasks, the first one first."""
        job_data = json.loads(request.data["job_data"])
        result = chain(div.s(*job_data["div"]), mul.s(*job_data["mul"])).apply_async()
        ids = []
        while result:
            ids.insert(0, result.id)
            result = result.parent
        return Response(ids)

    def get(self, request):
        """Ask the result backend for each task's state."""
        ids = json.loads(request.query_params["task_list"])
        return Response({task_id: app.AsyncResult(task_id).state for task_id in ids})


urlpatterns = [path("", WorkflowView.as_view())]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
