"""The header Idempotency-Key, on every POST of the API that starts work."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A repeated key returns the earlier answer, and starts nothing.",
)


class KeySerializer(serializers.Serializer):
    """The header: nothing, or something printable."""

    def get_fields(self):
        key = serializers.RegexField(
            r"^[!-~]{1,255}\Z", default="", trim_whitespace=False
        )
        return {"Idempotency-Key": key}  # which is no name in Python


def idempotency_key(request) -> str:
    """Return the key of a request, or "". Raises ValidationError for a wrong one."""
    headers = KeySerializer(data=request.headers)
    headers.is_valid(raise_exception=True)
    return headers.validated_data["Idempotency-Key"]
