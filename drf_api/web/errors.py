"""Error responses outside REST framework's views: HTML pages or problem details."""

import sys
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from delivery.errors import is_database_down
from web.problems import MEDIA_TYPE, problem, problem_response


def error_response(request, code: int, detail: str, headers=None) -> HttpResponse:
    """Return an error as a page for browsers, or as a problem for other clients."""
    preferred = request.get_preferred_type([MEDIA_TYPE, "text/html"])
    if preferred != "text/html":
        response = problem_response(code, detail, headers)
    else:
        page = {"problem": problem(code, detail)}
        # Without the request, the page has no navigation. The navigation reads the user
        # from the database, which could fail again after a server error.
        text = render_to_string("error.html", page, request if code < 500 else None)
        response = HttpResponse(text, status=code, headers=headers)
    response.explained = True  # site_error_pages() replaces only Django's own pages
    patch_vary_headers(response, ["Accept"])
    return response


def error_view(code: int, detail: str):
    """Return an error handler for one status, as Django's URL configuration expects."""

    def view(request, exception=None):
        return error_response(request, code, detail)

    return view


forbidden = error_view(403, "You do not have permission to do this.")
not_found = error_view(404, "No page has this URL.")
no_operation = error_view(
    404, "The API has no such URL. Each of its URLs ends with a slash."
)
internal_error = error_view(
    500, "An internal error occurred. The server's log has the details."
)


def bad_request(request, exception=None):
    """Handle a request that Django cannot parse."""
    detail = "The request is malformed."
    if isinstance(exception, DisallowedHost):
        detail = "The host name of the request is not in ALLOWED_HOSTS."
    return error_response(request, 400, detail)


def csrf_failed(request, reason=""):
    """Return the error response for a form that failed the CSRF check."""
    return error_response(request, 403, csrf_detail(request, reason))


def csrf_detail(request, reason: str) -> str:
    """Explain why a form failed the CSRF check, and how to fix the cause."""
    source = request.headers.get("origin") or request.headers.get("referer", "")
    parts = urlsplit(source)
    # Django's reasons for a wrong Origin or Referer all contain these words.
    if "checking failed" not in reason:
        return "The form has expired. Reload its page and send it again."
    if not parts.netloc:
        return "The request has no valid Origin or Referer header."
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        f"The form comes from {origin}, which is not a trusted origin. To trust it, "
        f"set CSRF_TRUSTED_ORIGINS={origin} and restart the web server."
    )


def server_error(request):
    """Handle a view's exception: 503 if the database is down, otherwise 500."""
    if is_database_down(sys.exc_info()[1]):
        detail = "The database is unreachable. Try again later."
        return error_response(request, 503, detail)
    return internal_error(request)
