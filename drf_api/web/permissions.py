"""Who may what: everybody everything while developing, later those who logged in."""

from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission


class LoggedInIfRequired(BasePermission):
    """Let everybody in while developing, later only those who logged in."""

    def has_permission(self, request, view):
        return not settings.LOGIN_REQUIRED or request.user.is_authenticated


def owner(request):
    """Return who asks, or None if nobody logged in."""
    return request.user if request.user.is_authenticated else None


def sees_all(user) -> bool:
    """Whether what belongs to others is shown to a user, too."""
    return not settings.LOGIN_REQUIRED or user.is_staff


def context(request):
    """Have templates know whether their reader sees all: no link leads to a refusal."""
    # An error may come before it is known who asks.
    return {"sees_all": hasattr(request, "user") and sees_all(request.user)}


def for_staff(view):
    """Refuse a page to those who do not see all."""

    @wraps(view)
    def guarded_view(request, *args, **kwargs):
        if not sees_all(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded_view
