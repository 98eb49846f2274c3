import json
import re

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import mark_safe
from rest_framework.renderers import BaseRenderer
from rest_framework.utils.encoders import JSONEncoder


class PageRenderer(BaseRenderer):
    """Renders the API's JSON as a page for browsers, with links."""

    media_type = "text/html"
    format = "html"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        context = renderer_context or {}
        response, request = context["response"], context["request"]._request
        if response.status_code >= 500:
            request = None  # see errors.error_response
        if response.exception:
            return render_to_string("error.html", {"problem": data}, request)
        text = json.dumps(data, indent=2, cls=JSONEncoder, ensure_ascii=False)
        page = {"status": response.status_code, "json": linked(text)}
        return render_to_string("api_answer.html", page, request)


def linked(text: str) -> str:
    """Return JSON as HTML, with each URL as a link."""
    address = r"&quot;(https?://[^\s]+?)&quot;"
    html = re.sub(address, r'&quot;<a href="\1">\1</a>&quot;', escape(text))
    return mark_safe(html)  # noqa: S308, escaped above
