from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

api_page = SpectacularSwaggerSplitView.as_view()
api_page.login_required = True  # a page: it leads to the login, and not to a 401

admin.site.site_title = admin.site.site_header = "Sprout"

urlpatterns = [
    path("", include("workflows.urls")),
    path("jobs/", include("jobs.urls")),
    path("people/", include("people.urls")),
    path("", include("monitor.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/", api_page, name="api"),
    path("login/", login_not_required(auth.LoginView.as_view()), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]

handler400 = "taskrunner.problems.bad_request"
handler403 = "taskrunner.problems.forbidden"
handler404 = "taskrunner.problems.not_found"
handler500 = "taskrunner.problems.server_error"
