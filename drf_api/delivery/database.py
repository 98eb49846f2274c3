"""Tell a database that is unavailable or locked from a mistake in a query."""

import sqlite3

from django.db import InterfaceError, OperationalError

DATABASE_AWAY = (InterfaceError, OperationalError)  # or so it seems; see below


def database_away(error: BaseException | None) -> bool:
    """Return whether an error says that the database is unavailable or locked.

    SQLite also raises OperationalError for a table or a column that does not exist.
    Then the migrations are missing, and waiting does not help.
    """
    code = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None)
    return isinstance(error, DATABASE_AWAY) and code != sqlite3.SQLITE_ERROR
