from functools import wraps
from types import SimpleNamespace

from rest_framework.throttling import ScopedRateThrottle

from taskrunner import problems


class PostThrottle(ScopedRateThrottle):
    """Limit how often a user, or an address, may POST within a view's scope."""

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)


def limited(scope: str):
    """Limit a page's POSTs as those of the API, together with them."""

    def decorate(view):
        @wraps(view)
        def limited_view(request, *args, **kwargs):
            scoped = SimpleNamespace(throttle_scope=scope)
            if PostThrottle().allow_request(request, scoped):
                return view(request, *args, **kwargs)
            return problems.too_many(request)

        return limited_view

    return decorate
