from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from web import errors
from web.limits import limited
from web.throttling import AccountThrottle

few_logins = limited("login", AccountThrottle)
log_in = few_logins(auth.LoginView.as_view())
log_in_to_admin = few_logins(admin.site.login)
no_operation = csrf_exempt(login_not_required(errors.no_operation))
api_page = SpectacularSwaggerSplitView.as_view()
api_page.login_required = True  # redirect browsers instead of returning 401

admin.site.site_title = admin.site.site_header = "Sprout"

urlpatterns = [
    path("", include("workflows.urls")),
    path("jobs/", include("jobs.urls")),
    path("people/", include("people.urls")),
    path("", include("monitor.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/", api_page, name="api"),
    # For all other paths, return a 404 that says that each URL ends with a slash.
    re_path("^(?:api/|jobs/sample$)", no_operation),
    path("login/", log_in, name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/login/", log_in_to_admin),
    path("admin/", admin.site.urls),
]

handler400 = "web.errors.bad_request"
handler403 = "web.errors.forbidden"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"
