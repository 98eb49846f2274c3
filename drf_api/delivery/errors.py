"""What can keep work from being done. Nothing here needs Celery or REST framework."""

import sqlite3

from django.db import InterfaceError, OperationalError

DATABASE_DOWN = (InterfaceError, OperationalError)  # or so it seems; see below


def is_database_down(error: BaseException | None) -> bool:
    """Return whether an error says that the database is unavailable or locked.

    SQLite also raises OperationalError for a table or a column that does not exist.
    Then the migrations are missing, and waiting does not help.
    """
    code = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None)
    return isinstance(error, DATABASE_DOWN) and code != sqlite3.SQLITE_ERROR


class NotPublished(Exception):
    """The broker did not take the message, so the work is not accepted."""


class GivenUp(Exception):
    """The work was tried often enough; the text says what was tried."""


class Cancelled(Exception):
    """The work was cancelled before it began."""


class Finished(Exception):
    """The work has ended already."""


class NotAccepted(Exception):
    """The broker kept a message whose client was told that it is not accepted.

    The client may repeat its request. Then the same row is published again.
    """


class KeyReused(Exception):
    """An Idempotency-Key came again with another request."""


class Conflict(Exception):
    """The work is not in a state in which this is possible; the text says why."""
