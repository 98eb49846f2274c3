"""How often a user or an address may POST, and how often a name may try to log in.

Django's cache counts. Each web process has its own cache, so that two processes let
twice as many requests through.
"""

from hashlib import sha256

from django.contrib.auth.forms import UsernameField
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle


class PostThrottle(ScopedRateThrottle):
    """Limit how often a user, or an address, may POST within a view's scope."""

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)


class AccountThrottle(SimpleRateThrottle):
    """Limit how often a login with one user name is tried, from all addresses.

    Strangers could use this limit to keep the owner of an account out. Therefore only
    several addresses together reach it, and it ends a minute after their last try.
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
