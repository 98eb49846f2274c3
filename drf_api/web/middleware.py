import codecs
import logging

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.middleware.common import CommonMiddleware

from delivery.database import database_away
from web.problems import (
    not_allowed,
    problem_response,
    server_error,
)

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


def say_when(get_response):
    """Tell whoever gets a 503, page or problem, when to come back: in 5 seconds."""

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
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def limit_body(get_response):
    """Refuse a body that is too large before anything reads it.

    Django's own limit does not see what REST framework's parsers read.
    """

    def middleware(request):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > limit:
            return problem_response(413, f"The body may have {limit} bytes at most.")
        return get_response(request)

    return middleware


def utf8_only(get_response):
    """Refuse a body in another encoding, of which Django's parsers make a 500."""

    def middleware(request):
        if request.encoding and codecs.lookup(request.encoding).name != "utf-8":
            return problem_response(415, "The body must be UTF-8.")
        return get_response(request)

    return middleware


def refuse_nul(get_response):
    """Refuse a NUL in address or cookie: PostgreSQL cannot even be asked for it."""

    def middleware(request):
        if any("\0" in text for text in (request.path, *request.COOKIES.values())):
            return problem_response(400, "An address or a cookie may have no NUL.")
        return get_response(request)

    return middleware


def explain_method(get_response):
    """Give a page's 405, which Django leaves empty, the words that every error has."""

    def middleware(request):
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            return not_allowed(request, headers={"Allow": response["Allow"]})
        return response

    return middleware


class DatabaseMiddleware:
    """Answer 503 while the database is away or locked, also while developing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if database_away(error):
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
