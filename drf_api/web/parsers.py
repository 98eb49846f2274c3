import json

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import FormParser, JSONParser


class StrictJSONParser(JSONParser):
    """JSON without NaN, infinities, deep nesting and lone surrogates."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            must_be_text(data)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - a lone surrogate") from error
        return data


def must_be_text(data: object) -> None:
    r"""Raise UnicodeEncodeError for a lone surrogate, such as "\ud800".

    JSON can express it, but UTF-8 cannot, so the application could not store it.
    """
    json.dumps(data, ensure_ascii=False).encode()


class StrictFormParser(FormParser):
    """A form. Rejects JSON with the content type of a form, as `curl -d` sends it."""

    def parse(self, stream, media_type=None, parser_context=None):
        form = super().parse(stream, media_type, parser_context)
        if next(iter(form), "").lstrip().startswith(("{", "[")):
            raise UnsupportedMediaType(media_type)
        return form
