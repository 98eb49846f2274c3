"""Errors as RFC 9457 has them: `application/problem+json`, the same for every status.

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "...",
 "errors": [{"field": "job_data.mul", "detail": "one number"}]}
"""

import sys
from http import HTTPStatus

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.views import exception_handler as rest_exception_handler

from delivery.database import database_away

MEDIA_TYPE = "application/problem+json"

# What any operation of the API may answer instead: one that reads, one that changes.
READING = (401, 406, 413, 415, 503)
CHANGING = (*READING, 400, 403, 429)


class Conflict(exceptions.APIException):
    """The thing is not in a state in which this could be done."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "Not possible any more."


class Unprocessable(exceptions.APIException):
    """Well formed, but at odds with what was said before."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "At odds with an earlier request."


class Unavailable(exceptions.APIException):
    """Something that we depend on is away; web/middleware.py says until when."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Not available right now."


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="Where: a field's name, with dots inside.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error, whatever its status."""

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


def exception_handler(error, context):
    """Answer REST framework's exceptions as problems, and those of Django's parsers."""
    if isinstance(error, (SuspiciousOperation, MultiPartParserError)):
        error = exceptions.ParseError("The form cannot be read.")
    response = rest_exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        errors = field_errors(error.detail)
        lines = [f"{e['field']}: {e['detail']}".removeprefix(": ") for e in errors]
        detail = " ".join(lines)
        response.data = problem(response.status_code, detail, errors)
    else:
        response.data = problem(response.status_code, str(response.data["detail"]))
    response.content_type = MEDIA_TYPE
    return response


def error_view(code: int, detail: str):
    """Return Django's handler of a status: a page to a browser, a problem to others."""

    def view(request, exception=None, reason="", headers=None):
        preferred = request.get_preferred_type([MEDIA_TYPE, "text/html"])
        if preferred != "text/html" or request.path.startswith("/api/"):
            response = problem_response(code, detail, headers)
        else:
            page = {"problem": problem(code, detail)}
            # Without the request a page has no navigation, for which it would ask the
            # database who is there: after an error of ours that may be the next one.
            text = render_to_string("error.html", page, request if code < 500 else None)
            response = HttpResponse(text, status=code, headers=headers)
        patch_vary_headers(response, ["Accept"])
        return response

    return view


bad_request = error_view(400, "This request makes no sense.")
forbidden = error_view(403, "This is not yours to do.")
csrf_failed = error_view(403, "This form is too old; load its page again.")
not_found = error_view(404, "There is nothing at this address.")
no_operation = error_view(
    404, "The API has nothing at this address. All its addresses end with a slash."
)
not_allowed = error_view(405, "This address does not take requests of this kind.")
too_many = error_view(429, "Too many of these at once; wait a minute.")
broke = error_view(500, "Something broke on our side; it is in the log.")


def server_error(request):
    """Answer what no view caught: a database that is away is nobody's mistake."""
    if database_away(sys.exc_info()[1]):
        # Not a page: its navigation would ask the database who is there.
        return problem_response(503, "The database does not answer.")
    return broke(request)
