"""Serializer fields for input from forms and JSON clients."""

import json

from rest_framework import serializers

from web.parsers import must_be_text


class JSONValue(serializers.Field):
    """A JSON value, or JSON as text, as sent in forms and query strings."""

    default_error_messages = {"invalid": "The value is not valid JSON."}

    def to_internal_value(self, data):
        if not isinstance(data, str):
            return data
        try:
            value = json.loads(data)
            must_be_text(value)
        except (ValueError, RecursionError):
            self.fail("invalid")
        return value

    def to_representation(self, value):
        return value


class TaskList(JSONValue):
    """A list of 1 to 1000 task ids."""

    def to_internal_value(self, data):
        ids = super().to_internal_value(data)
        texts = isinstance(ids, list) and all(
            isinstance(one, str) and one.isprintable() for one in ids
        )
        if not texts or not 1 <= len(ids) <= 1000:
            raise serializers.ValidationError("Send a list of 1 to 1000 task ids.")
        return ids
