"""Errors as RFC 9457 has them: `application/problem+json`, the same for every status.

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

# The errors of every operation of the API: of one that reads, of one that changes.
READING = (401, 406, 411, 413, 415, 503)
CHANGING = (*READING, 400, 403, 429)


# The status of an error that says why work was not done. web/middleware.py adds
# Retry-After to 503.
STATUS_OF: dict[type[Exception], int] = {
    Conflict: status.HTTP_409_CONFLICT,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    NotPublished: status.HTTP_503_SERVICE_UNAVAILABLE,
}


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Where: a field's name, with dots inside.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error of any status."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="What the status means.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened, for a person to read.")
    errors = FieldErrorSerializer(
        many=True, help_text="What is wrong with which field."
    )


def answers(*codes: int) -> dict:
    """Return these statuses' problems, for the API's description of an operation."""
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
    """Return an error that Django, not REST framework, answers."""
    return JsonResponse(
        problem(code, detail), status=code, content_type=MEDIA_TYPE, headers=headers
    )


def field_errors(detail, path: tuple[str, ...] = ()) -> list[dict]:
    """Flatten REST framework's nested errors into a list with the fields' paths."""
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
    """Return the API's error for work that was not accepted."""
    code = STATUS_OF.get(type(error))
    if code is None:
        return error
    answer = exceptions.APIException(str(error))
    answer.status_code = code
    return answer


def exception_handler(error, context):
    """Answer REST framework's exceptions as problems, and those of Django's parsers."""
    error = as_api_error(error)
    if isinstance(error, (SuspiciousOperation, MultiPartParserError)):
        error = exceptions.ParseError("The form is malformed.")
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
    """Return an error: a page to a browser, a problem to other clients."""
    preferred = request.get_preferred_type([MEDIA_TYPE, "text/html"])
    if preferred != "text/html":
        response = problem_response(code, detail, headers)
    else:
        page = {"problem": problem(code, detail)}
        # Without the request the page has no navigation. The navigation reads the user
        # from the database, and may fail again after an error of the server.
        text = render_to_string("error.html", page, request if code < 500 else None)
        response = HttpResponse(text, status=code, headers=headers)
    response.explained = True  # not a page of Django's own
    patch_vary_headers(response, ["Accept"])
    return response


def error_view(code: int, detail: str):
    """Return Django's handler of a status."""

    def view(request, exception=None):
        return error_response(request, code, detail)

    return view


forbidden = error_view(403, "You do not have permission to do this.")
not_found = error_view(404, "There is no page at this address.")
no_operation = error_view(
    404, "The API has no such address. All its addresses end with a slash."
)
broke = error_view(500, "An internal error occurred. The server's log has the details.")


def bad_request(request, exception=None):
    """Answer a request that Django refuses to read."""
    detail = "The request is malformed."
    if isinstance(exception, DisallowedHost):
        detail = "The host name of this request is not in ALLOWED_HOSTS."
    return error_response(request, 400, detail)


def csrf_failed(request, reason=""):
    """Answer a form that did not come from a page of this site."""
    return error_response(request, 403, csrf_detail(request, reason))


def csrf_detail(request, reason: str) -> str:
    """Return in words why Django refused a form as forged."""
    source = request.headers.get("origin") or request.headers.get("referer", "")
    parts = urlsplit(source)
    if "checking failed" not in reason:
        return "This form has expired. Load its page again."
    if not parts.netloc:
        return "The browser did not say which page sent this form."
    origin = f"{parts.scheme}://{parts.netloc}"
    return (
        f"This form came from {origin}, which is not an address of this site. If it "
        f"should be one, set CSRF_TRUSTED_ORIGINS={origin} and restart the web server."
    )


def server_error(request):
    """Answer an error that no view caught. An unreachable database is a 503."""
    if is_database_down(sys.exc_info()[1]):
        return error_response(request, 503, "The database does not answer.")
    return broke(request)
