import json

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import FormParser, JSONParser


class StrictJSONParser(JSONParser):
    """Parses JSON. Rejects NaN, infinities, deep nesting and lone surrogates."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            must_be_text(data)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("The JSON contains a lone surrogate.") from error
        return data


def must_be_text(data: object) -> None:
    r"""Raise UnicodeEncodeError for a lone surrogate, such as "\ud800".

    JSON can represent lone surrogates, but UTF-8 cannot, so the database cannot store
    them.
    """
    json.dumps(data, ensure_ascii=False).encode()


class StrictFormParser(FormParser):
    """Parses forms. Rejects JSON with a form's content type, as sent by `curl -d`."""

    def parse(self, stream, media_type=None, parser_context=None):
        form = super().parse(stream, media_type, parser_context)
        if next(iter(form), "").lstrip().startswith(("{", "[")):
            raise UnsupportedMediaType(media_type)
        return form
