import codecs
import logging

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.middleware.common import CommonMiddleware

from delivery.errors import is_database_down
from web.problems import error_response, not_found, server_error

logger = logging.getLogger(__name__)

POLICY = "; ".join(
    [
        "default-src 'self'",  # no script, style or picture from anywhere else
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

# Django's debug page has its style and its script inside. It can send what it shows to
# dpaste.com, if its reader presses a button.
DEBUG_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action https://dpaste.com",
        "frame-ancestors 'none'",
    ]
)


def add_retry_after(get_response):
    """Add `Retry-After: 5` to every 503, page or problem."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 503:
            response.headers["Retry-After"] = "5"
        return response

    return middleware


def content_security_policy(get_response):
    """Tell browsers to load and run nothing but our own files."""

    def middleware(request):
        response = get_response(request)
        debug = getattr(request, "has_debug_page", False)
        policy = DEBUG_POLICY if debug else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def any_host_for_probes(get_response):
    """Accept any Host header with a health check: a probe uses its pod's address."""

    def middleware(request):
        if request.path_info in ("/healthz", "/readyz"):
            request.get_host = lambda: "localhost"
        return get_response(request)

    return middleware


def limit_body(get_response):
    """Refuse a body that is too large, or of unknown length, before it is read.

    Django's own limit does not see what REST framework's parsers read. A chunked body
    has no length, and Django takes it for an empty one.
    """

    def middleware(request):
        if "chunked" in request.headers.get("transfer-encoding", "").lower():
            detail = "The request needs a Content-Length; a chunked body is not read."
            return error_response(request, 411, detail)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > limit:
            detail = f"The body may have {limit} bytes at most."
            return error_response(request, 413, detail)
        return get_response(request)

    return middleware


def utf8_only(get_response):
    """Refuse a body in another encoding, of which Django's parsers make a 500."""

    def middleware(request):
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            return error_response(request, 415, "The body must be UTF-8.")
        return get_response(request)

    return middleware


def refuse_nul(get_response):
    """Refuse a NUL in address or cookie: PostgreSQL cannot even be asked for it."""

    def middleware(request):
        if any("\0" in text for text in (request.path, *request.COOKIES.values())):
            detail = "A URL or a cookie must not contain a NUL character."
            return error_response(request, 400, detail)
        return get_response(request)

    return middleware


def explain(get_response):
    """Replace two pages of Django's by the error page of this site.

    Django's 405 is empty. While developing, its 404 lists all addresses, with a style
    that our content security policy forbids.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            detail = "This address does not accept this method."
            headers = {"Allow": response["Allow"]}
            return error_response(request, 405, detail, headers)
        of_django = not getattr(response, "explained", False)
        if settings.DEBUG and response.status_code == 404 and of_django:
            return not_found(request)
        return response

    return middleware


class DatabaseMiddleware:
    """Answer 503 while the database is down or locked, also in development."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if is_database_down(error):
            logger.error("%s: %s", request.path, error, exc_info=error)
            return server_error(request)
        return None


class SlashMiddleware(CommonMiddleware):
    """Lead who left out a page's last slash there, but not with what a POST carries.

    A redirect would lose it, and while developing Django makes a 500 of that.
    """

    def should_redirect_with_slash(self, request):
        reads = request.method in ("GET", "HEAD")
        return reads and super().should_redirect_with_slash(request)


class LoginMiddleware(LoginRequiredMiddleware):
    """Ask for a login on every page, if LOGIN_REQUIRED says so."""

    def process_view(self, request, *view):
        if settings.LOGIN_REQUIRED:
            return super().process_view(request, *view)
        return None
