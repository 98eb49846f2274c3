"""Error responses as problem details (RFC 9457, `application/problem+json`).

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "...",
 "errors": [{"field": "job_data.mul", "detail": "one number"}]}
"""

from http import HTTPStatus

from django.http import JsonResponse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

MEDIA_TYPE = "application/problem+json"

# RFC 9110's names. Python 3.12 and older have the names of earlier RFCs.
PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}

# The error statuses that all read operations and all write operations can return.
READING = (401, 406, 411, 413, 415, 503)
CHANGING = (*READING, 400, 403, 429)


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="The dotted path of the field.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """An error response with any status."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField(help_text="The name of the status.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A human-readable explanation.")
    errors = FieldErrorSerializer(many=True, help_text="The errors of each field.")


def phrase(code: int) -> str:
    """Return the name of a status, the same with every version of Python."""
    return PHRASES.get(code) or HTTPStatus(code).phrase


def answers(*codes: int) -> dict:
    """Return problems by status, for the OpenAPI description."""
    return {
        (code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer, phrase(code))
        for code in codes
    }


def problem(code: int, detail: str, errors: list[dict] | None = None) -> dict:
    """Return the body of an error response."""
    return {
        "type": "about:blank",
        "title": phrase(code),
        "status": code,
        "detail": detail,
        "errors": errors or [],
    }


def problem_response(code: int, detail: str, headers=None) -> JsonResponse:
    """Return a problem as a Django response."""
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
