"""Throttles for POST requests by user or address, and for logins by user name.

Django's cache holds the counts. Each web process has its own cache, so two processes
allow twice as many requests.
"""

from hashlib import sha256

from django.contrib.auth.forms import UsernameField
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle


class PostThrottle(ScopedRateThrottle):
    """Limit a user's, or an address's, POST requests in a view's scope."""

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)


class AccountThrottle(SimpleRateThrottle):
    """Limit the login attempts with one user name, from all addresses together.

    An attacker could use this limit to lock out a user. Therefore only several
    addresses together can reach it, and it ends a minute after their last attempt.
    """

    scope = "account"

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)

    def get_cache_key(self, request, view):
        # Normalised as in the form: without outer spaces, and in Unicode's form NFKC.
        name = UsernameField().to_python(request.POST.get("username", ""))
        # A hash, because a key of the cache must be short and have no spaces.
        ident = sha256(name.encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": ident}
