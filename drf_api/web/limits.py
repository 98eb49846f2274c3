"""Apply the API's throttles to pages."""

from functools import wraps
from math import ceil
from types import SimpleNamespace

from rest_framework.throttling import SimpleRateThrottle

from web.errors import error_response
from web.throttling import PostThrottle


def limited(scope: str, *more: type[SimpleRateThrottle]):
    """Throttle a page's POST requests with the API's throttles and with `more`."""

    def decorate(view):
        @wraps(view)
        def limited_view(request, *args, **kwargs):
            scoped = SimpleNamespace(throttle_scope=scope)
            for throttle in (PostThrottle(), *(each() for each in more)):
                if not throttle.allow_request(request, scoped):
                    later = {"Retry-After": str(ceil(throttle.wait()))}
                    detail = "Too many requests. Wait a minute."
                    return error_response(request, 429, detail, later)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate
