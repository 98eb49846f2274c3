"""The Idempotency-Key header, which makes POST requests that start work idempotent."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Makes the request idempotent: a repeated key returns the earlier work "
    "and starts nothing.",
)


class KeySerializer(serializers.Serializer):
    """The header's value: up to 255 printable ASCII characters without spaces."""

    def get_fields(self):
        key = serializers.RegexField(
            r"^[!-~]{1,255}\Z", default="", trim_whitespace=False
        )
        return {"Idempotency-Key": key}  # not a valid name in Python


def idempotency_key(request) -> str:
    """Return a request's key, or "". Raises ValidationError if the key is invalid."""
    headers = KeySerializer(data=request.headers)
    headers.is_valid(raise_exception=True)
    return headers.validated_data["Idempotency-Key"]
