import codecs
import logging

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.middleware.common import CommonMiddleware

from delivery.errors import is_database_down
from web.errors import error_response, not_found, server_error

logger = logging.getLogger(__name__)

POLICY = "; ".join(
    [
        "default-src 'self'",  # no scripts, styles or pictures from other sites
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

# Django's debug page contains inline styles and scripts. A button sends the content of
# the page to dpaste.com.
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
    """Add `Retry-After: 5` to every response with status 503."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 503:
            response.headers["Retry-After"] = "5"
        return response

    return middleware


def content_security_policy(get_response):
    """Allow browsers to load and run only files from this site."""

    def middleware(request):
        response = get_response(request)
        debug = getattr(request, "has_debug_page", False)
        policy = DEBUG_POLICY if debug else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def any_host_for_probes(get_response):
    """Accept any Host header for health checks, because probes send a pod's address."""

    def middleware(request):
        if request.path_info in ("/healthz", "/readyz"):
            request.get_host = lambda: "localhost"
        return get_response(request)

    return middleware


def limit_body(get_response):
    """Reject a body that is too large or chunked, without reading it.

    Django's own limit does not apply to REST framework's parsers, and Django would
    treat a chunked body as empty.
    """

    def middleware(request):
        if "chunked" in request.headers.get("transfer-encoding", "").lower():
            detail = "Send a Content-Length header. A chunked body is not supported."
            return error_response(request, 411, detail)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > limit:
            detail = f"The body is too large. The limit is {limit} bytes."
            return error_response(request, 413, detail)
        return get_response(request)

    return middleware


def utf8_only(get_response):
    """Reject a body whose charset is not UTF-8. Parsing would raise an exception."""

    def middleware(request):
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            return error_response(request, 415, "The body must be UTF-8.")
        return get_response(request)

    return middleware


def refuse_nul(get_response):
    """Reject NUL characters in URLs and cookies; PostgreSQL cannot store them."""

    def middleware(request):
        if any("\0" in text for text in (request.path, *request.COOKIES.values())):
            detail = "A URL or a cookie must not contain a NUL character."
            return error_response(request, 400, detail)
        return get_response(request)

    return middleware


def site_error_pages(get_response):
    """Replace Django's 405, and its 404 in development, with the site's error page.

    Django's 405 has no body. In development, Django's 404 lists all URLs and has an
    inline style, which the content security policy forbids.
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            detail = "This URL does not accept the method. See the Allow header."
            headers = {"Allow": response["Allow"]}
            return error_response(request, 405, detail, headers)
        from_django = not getattr(response, "explained", False)
        if settings.DEBUG and response.status_code == 404 and from_django:
            return not_found(request)
        return response

    return middleware


class DatabaseMiddleware:
    """Return 503 if the database is down or locked, even in development."""

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
    """Redirect only GET and HEAD requests to the URL with a trailing slash.

    A redirect would lose the body of a POST. In development, Django would return 500.
    """

    def should_redirect_with_slash(self, request):
        reads = request.method in ("GET", "HEAD")
        return reads and super().should_redirect_with_slash(request)


class LoginMiddleware(LoginRequiredMiddleware):
    """Require a login for every page if LOGIN_REQUIRED is set."""

    def process_view(self, request, *view):
        if settings.LOGIN_REQUIRED:
            return super().process_view(request, *view)
        return None
