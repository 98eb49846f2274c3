"""How often a user or an address may POST, and how often a name may try to log in.

Django's cache counts: here each web process its own, so that two let twice as many by.
"""

from functools import wraps
from hashlib import sha256
from math import ceil
from types import SimpleNamespace

from django.contrib.auth.forms import UsernameField
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle

from web import problems


class PostThrottle(ScopedRateThrottle):
    """Limit how often a user, or an address, may POST within a view's scope."""

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)


class AccountThrottle(SimpleRateThrottle):
    """Limit how often a log-in with the same user name is tried, from wherever.

    Strangers could so keep an account's owner out. Therefore it takes several
    addresses to reach this limit, and a minute after their last try it is over.
    """

    scope = "account"

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)

    def get_cache_key(self, request, view):
        # As the form reads it: without spaces around it, and a wide A is an A.
        name = UsernameField().to_python(request.POST.get("username", ""))
        # A key of the cache may not be long, nor have spaces.
        ident = sha256(name.encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": ident}


def limited(scope: str, *more: type[SimpleRateThrottle]):
    """Limit a page's POSTs as the API's, together with them; and by what `more` are."""

    def decorate(view):
        @wraps(view)
        def limited_view(request, *args, **kwargs):
            scoped = SimpleNamespace(throttle_scope=scope)
            for throttle in (PostThrottle(), *(each() for each in more)):
                if not throttle.allow_request(request, scoped):
                    later = {"Retry-After": str(ceil(throttle.wait()))}
                    detail = "Too many requests. Wait a minute."
                    return problems.error_response(request, 429, detail, later)
            return view(request, *args, **kwargs)

        return limited_view

    return decorate
