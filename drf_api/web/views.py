"""Views of the API whose address is also a page."""

from django.contrib.auth.views import redirect_to_login
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.renderers import JSONRenderer, TemplateHTMLRenderer
from rest_framework.views import APIView


class APIOrPageView(APIView):
    """A view that answers GET with JSON to a program, and with a page to a browser."""

    def get_renderers(self):
        if self.request.method in ("GET", "HEAD"):
            return [JSONRenderer(), TemplateHTMLRenderer()]
        return [JSONRenderer()]

    def finalize_response(self, request, response, *args, **kwargs):
        """Tell caches that the answer depends on the header Accept."""
        patch_vary_headers(response, ["Accept"])
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc):
        """Send a browser to the login. Every other error is answered as JSON."""
        renderer = getattr(self.request, "accepted_renderer", None)
        if isinstance(renderer, TemplateHTMLRenderer):
            if isinstance(exc, NotAuthenticated):
                return redirect_to_login(self.request.path)
            self.request.accepted_renderer = JSONRenderer()
        return super().handle_exception(exc)
