"""Permissions. With DEBUG all users may do everything; otherwise they must log in."""

from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission


class LoggedInIfRequired(BasePermission):
    """Allow all requests with DEBUG, otherwise only those of logged-in users."""

    def has_permission(self, request, view):
        return not settings.LOGIN_REQUIRED or request.user.is_authenticated


def owner(request):
    """Return the user of a request, or None for an anonymous request."""
    return request.user if request.user.is_authenticated else None


def sees_all(user) -> bool:
    """Return whether a user may see the runs and jobs of other users."""
    return not settings.LOGIN_REQUIRED or user.is_staff


def context(request):
    """Tell templates whether the user sees all, so that they omit forbidden links."""
    # An error may occur before the user is known.
    return {"sees_all": hasattr(request, "user") and sees_all(request.user)}


def for_staff(view):
    """Restrict a page to users who see all runs and jobs."""

    @wraps(view)
    def guarded_view(request, *args, **kwargs):
        if not sees_all(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded_view
