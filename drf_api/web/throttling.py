"""Throttles for POST requests by user or address, and for logins by user name.

Django's cache stores the counts. Each web process has its own cache, so two processes
allow twice as many requests.
"""

from hashlib import sha256

from django.contrib.auth.forms import UsernameField
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle


class PostThrottle(ScopedRateThrottle):
    """Limits POST requests by user or address, in a view's scope."""

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)


class AccountThrottle(SimpleRateThrottle):
    """Limits the login attempts for each user name, from all addresses together.

    An attacker could use this limit to lock out a user. The limit is therefore higher
    than the limit for a single address, and a lockout ends at most a minute after the
    last attempt.
    """

    scope = "account"

    def allow_request(self, request, view):
        return request.method != "POST" or super().allow_request(request, view)

    def get_cache_key(self, request, view):
        # Like the login form, strip the name and normalize it to NFKC.
        name = UsernameField().to_python(request.POST.get("username", ""))
        # Hash the name, because cache keys must be short and cannot contain spaces.
        ident = sha256(name.encode()).hexdigest()
        return self.cache_format % {"scope": self.scope, "ident": ident}
