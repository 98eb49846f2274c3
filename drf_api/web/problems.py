"""Error responses as problem details (RFC 9457, `application/problem+json`).

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "...",
 "errors": [{"field": "job_data.mul", "detail": "one number"}]}
"""

import sys
from http import HTTPStatus
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost, SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.views import exception_handler as rest_exception_handler

from delivery.errors import Conflict, KeyReused, NotPublished, is_database_down

MEDIA_TYPE = "application/problem+json"

# The error statuses that every read operation, or every write operation, can return.
READING = (401, 406, 411, 413, 415, 503)
CHANGING = (*READING, 400, 403, 429)


# The status for exceptions of delivery/errors.py. web/middleware.py adds Retry-After to
# a 503.
STATUS_OF: dict[type[Exception], int] = {
    Conflict: status.HTTP_409_CONFLICT,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    NotPublished: status.HTTP_503_SERVICE_UNAVAILABLE,
}


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The dotted path of the field.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error of any status."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A human-readable explanation.")
    errors = FieldErrorSerializer(many=True, help_text="The errors of each field.")


def answers(*codes: int) -> dict:
    """Return problems by status, for the OpenAPI description."""
    return {
        (code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, HTTPStatus(code).phrase)
        for code in codes
    }


def problem(code: int, detail: str, errors: list[dict] | None = None) -> dict:
    """Return the body of an error."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_response(code: int, detail: str, headers=None) -> JsonResponse:
    """Return a problem as a Django response, not as a REST framework response."""
    return JsonResponse(
        problem(code, detail), status=code, content_type=MEDIA_TYPE, headers=headers
    )


def field_errors(detail, path: tuple[str, ...] = ()) -> list[dict]:
    """Flatten REST framework's nested errors into a list of paths and messages."""
    if isinstance(detail, dict):
        return [
            error
            for key, value in detail.items()
            for error in field_errors(value, (*path, str(key)))
        ]
    if isinstance(detail, list):
        return [error for value in detail for error in field_errors(value, path)]
    names = [name for name in path if name != "non_field_errors"]
    return [{"field": ".".join(names), "detail": str(detail)}]


def as_api_error(error: Exception) -> Exception:
    """Convert an exception of delivery/errors.py to an exception of the API."""
    for kind, code in STATUS_OF.items():
        if isinstance(error, kind):
            answer = exceptions.APIException(str(error))
            answer.status_code = code
            return answer
    return error


def exception_handler(error, context):
    """Convert exceptions from REST framework and from Django's parsers to problems."""
    error = as_api_error(error)
    if isinstance(error, (SuspiciousOperation, MultiPartParserError)):
        error = exceptions.ParseError("The form data is malformed.")
    response = rest_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.UnsupportedMediaType):
        detail = (
            f"{error.detail} For JSON, send the header Content-Type: application/json."
        )
        response.data = problem(response.status_code, detail)
    elif str(error).startswith("CSRF Failed: "):
        detail = csrf_detail(context["request"], str(error))
        response.data = problem(response.status_code, detail)
    elif isinstance(error, exceptions.ValidationError):
        errors = field_errors(error.detail)
        lines = [f"{e['field']}: {e['detail']}".removeprefix(": ") for e in errors]
        detail = " ".join(lines)
        response.data = problem(response.status_code, detail, errors)
    else:
        response.data = problem(response.status_code, str(response.data["detail"]))
    response.explained = True
    renderer = getattr(context["request"], "accepted_renderer", None)
    if getattr(renderer, "media_type", None) != "text/html":
        response.content_type = MEDIA_TYPE
    return response


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
    response.explained = True  # not one of Django's own pages
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
    """Return why a form failed the CSRF check, and how to fix the cause."""
    source = request.headers.get("origin") or request.headers.get("referer", "")
    parts = urlsplit(source)
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
