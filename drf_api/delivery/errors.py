"""The exceptions of the outbox, independent of Celery and REST framework."""

import sqlite3

from django.db import InterfaceError, OperationalError

DATABASE_DOWN = (InterfaceError, OperationalError)


def is_database_down(error: BaseException | None) -> bool:
    """Return whether the cause of an error is an unavailable or locked database.

    SQLite also raises OperationalError for missing tables and columns, which a retry
    cannot fix.
    """
    code = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None)
    return isinstance(error, DATABASE_DOWN) and code != sqlite3.SQLITE_ERROR


class NotPublished(Exception):
    """The broker did not confirm the message, so the work was not accepted."""


class GivenUp(Exception):
    """The work has not ended, and will not be attempted again."""


class Cancelled(Exception):
    """The work was cancelled before it began."""


class Finished(Exception):
    """The work has ended."""


class NotAccepted(Exception):
    """The broker delivered a message whose publication was reported as failed.

    If the client repeats its request, the same row is published again.
    """


class KeyReused(Exception):
    """An idempotency key was used again with a different request."""


class Conflict(Exception):
    """The work's current state does not permit the operation."""
