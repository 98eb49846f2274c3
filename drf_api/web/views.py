"""A base class for URLs that are both an API operation and a page."""

from django.contrib.auth.views import redirect_to_login
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.views import APIView


class APIOrPageView(APIView):
    """Returns a page to browsers on GET, and JSON to other clients."""

    def get_renderers(self):
        if self.request.method in ("GET", "HEAD"):
            return [JSONRenderer(), TemplateHTMLRenderer()]
        return [JSONRenderer()]

    def finalize_response(self, request, response, *args, **kwargs):
        """Tell caches that the response depends on the Accept header."""
        patch_vary_headers(response, ["Accept"])
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc):
        """Redirect anonymous browsers to log in. Return other errors as JSON."""
        renderer = getattr(self.request, "accepted_renderer", None)
        if isinstance(renderer, TemplateHTMLRenderer):
            if isinstance(exc, NotAuthenticated):
                return redirect_to_login(self.request.path)
            self.request.accepted_renderer = JSONRenderer()
        return super().handle_exception(exc)
