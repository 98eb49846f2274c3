"""Convert the exceptions of the API's views to problem details."""

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions, status
from rest_framework.views import exception_handler as rest_exception_handler

from delivery.errors import Conflict, KeyReused, NotPublished
from web.errors import csrf_detail
from web.problems import MEDIA_TYPE, field_errors, problem

# The status for exceptions of delivery/errors.py. web/middleware.py adds Retry-After to
# a 503.
STATUS_OF: dict[type[Exception], int] = {
    Conflict: status.HTTP_409_CONFLICT,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    NotPublished: status.HTTP_503_SERVICE_UNAVAILABLE,
}


def as_api_error(error: Exception) -> Exception:
    """Convert an exception of delivery/errors.py to an exception of the API.

    Returns any other exception unchanged.
    """
    for kind, code in STATUS_OF.items():
        if isinstance(error, kind):
            answer = exceptions.APIException(str(error))
            answer.status_code = code
            return answer
    return error


def exception_handler(error, context):
    """Return an exception as problem details (RFC 9457).

    Handles the exceptions of REST framework, of Django's parsers and of STATUS_OF.
    Returns None for any other exception, which REST framework then raises again.
    """
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
