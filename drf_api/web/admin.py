class ReadOnly:
    """For the admin of what happened: it may be deleted, and not be changed."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
