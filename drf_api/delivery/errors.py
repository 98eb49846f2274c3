"""The exceptions of accepted work. They need neither Celery nor REST framework."""

import sqlite3

from django.db import InterfaceError, OperationalError

DATABASE_DOWN = (InterfaceError, OperationalError)  # not always: is_database_down()


def is_database_down(error: BaseException | None) -> bool:
    """Return whether an error says that the database is unavailable or locked.

    SQLite also raises OperationalError for a table or a column that does not exist.
    Then the migrations are missing, and waiting does not help.
    """
    code = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None)
    return isinstance(error, DATABASE_DOWN) and code != sqlite3.SQLITE_ERROR


class NotPublished(Exception):
    """The broker did not confirm the message, so the work is not accepted."""


class GivenUp(Exception):
    """The work failed after the last permitted try; the text counts the tries."""


class Cancelled(Exception):
    """The work was cancelled before it began."""


class Finished(Exception):
    """The work has already ended."""


class NotAccepted(Exception):
    """The broker kept a message although the client received an error.

    If the client repeats its request, the same row is published again.
    """


class KeyReused(Exception):
    """An idempotency key was used again with a different request."""


class Conflict(Exception):
    """The state of the work does not permit the operation; the text names the state."""
