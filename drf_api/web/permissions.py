"""Permissions for API operations and pages."""

from functools import wraps

from django.conf import settings
from django.core.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission


class LoggedInIfRequired(BasePermission):
    """Allows all requests if DEBUG is set, otherwise only authenticated requests."""

    def has_permission(self, request, view):
        return not settings.LOGIN_REQUIRED or request.user.is_authenticated


def owner(request):
    """Return a request's user, or None if the request is anonymous."""
    return request.user if request.user.is_authenticated else None


def sees_all(user) -> bool:
    """Return whether a user may see other users' runs and jobs."""
    return not settings.LOGIN_REQUIRED or user.is_staff


def context(request):
    """Return the template variable that hides links to forbidden pages."""
    # An error may occur before the user has been identified.
    return {"sees_all": hasattr(request, "user") and sees_all(request.user)}


def for_staff(view):
    """Restrict a page to users who may see all runs and jobs."""

    @wraps(view)
    def guarded_view(request, *args, **kwargs):
        if not sees_all(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded_view
