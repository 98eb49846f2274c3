from django.conf import settings
from rest_framework.permissions import BasePermission


class LoggedInIfRequired(BasePermission):
    """Let everybody in while developing, later only those who logged in."""

    def has_permission(self, request, view):
        return not settings.LOGIN_REQUIRED or request.user.is_authenticated
