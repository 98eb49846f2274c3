import json

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import FormParser, JSONParser


class StrictJSONParser(JSONParser):
    """JSON without NaN and infinities, and not nested beyond reason."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            must_be_text(data)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ParseError("JSON parse error - half of a character") from error
        return data


def must_be_text(data: object) -> None:
    r"""Raise UnicodeEncodeError for half of a character, like "\ud800".

    JSON can say it, but it cannot be sent back, nor stored.
    """
    json.dumps(data, ensure_ascii=False).encode()


class StrictFormParser(FormParser):
    """A form, and no JSON that calls itself a form, as `curl -d` sends it."""

    def parse(self, stream, media_type=None, parser_context=None):
        form = super().parse(stream, media_type, parser_context)
        if next(iter(form), "").lstrip().startswith(("{", "[")):
            raise UnsupportedMediaType(media_type)
        return form
