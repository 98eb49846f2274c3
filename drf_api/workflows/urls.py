from django.urls import include, path
from rest_framework.routers import SimpleRouter

from workflows import api, pages, schema  # noqa: F401, the import describes the API

router = SimpleRouter(use_regex_path=False)
router.register("runs", api.RunViewSet, basename="runs")

urlpatterns = [
    path("", api.RootView.as_view(), name="home"),
    path("api/workflows/", api.WorkflowsView.as_view(), name="workflows"),
    path("api/", include(router.urls)),
    path("runs/", pages.run_list, name="runs"),
    path("runs/start/", pages.start, name="run-start"),
    path("runs/<uuid:pk>/", pages.run, name="run"),
    path("runs/<uuid:pk>/cancel/", pages.cancel, name="run-cancel"),
    path("runs/<uuid:pk>/retry/", pages.retry, name="run-retry"),
]
