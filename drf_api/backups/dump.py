"""Copies of the database: made whole or not at all, kept for a while, restored.

SQLite is copied by its own backup interface, which gives one consistent state while
others write; PostgreSQL by pg_dump, and back by pg_restore and psql.
"""

import fcntl
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.utils import timezone

PREFIX, PARTIAL = "sprout-", ".partial"
SUFFIXES = {".sqlite3", ".dump"}


class BackupError(Exception):
    """A backup was not written or not restored; the text gives the reason."""


class AlreadyRunning(BackupError):
    """Another process is writing a backup; only one may run at a time."""


def backup() -> Path:
    """Write a backup and return its path; delete all but the newest few.

    Raises AlreadyRunning while another one runs, BackupError if it cannot be written.
    """
    try:
        settings.BACKUP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        with only_one(settings.BACKUP_DIR):
            path = write(settings.BACKUP_DIR)
            for old in backups()[settings.BACKUPS_KEPT :]:
                old.unlink()
    except OSError as error:
        raise BackupError(f"No backup was written: {error}.") from error
    return path


def write(folder: Path) -> Path:
    """Copy the database into a new file of a folder and return its path."""
    clear(folder)  # of one that was killed
    database = connections["default"].settings_dict
    sqlite = is_sqlite(database)
    name = f"{PREFIX}{timezone.now():%Y%m%d-%H%M%S-%f}"
    path = folder / f"{name}.{'sqlite3' if sqlite else 'dump'}"
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=0o600)  # it holds what the database holds
        (copy_sqlite if sqlite else dump_postgresql)(database, partial)
        # The name appears only when the file is complete, also after a power failure.
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        return partial.rename(path)
    finally:
        clear(folder)  # otherwise a full disk would stay full


def clear(folder: Path) -> None:
    """Delete the files of an unfinished backup."""
    for leftover in folder.glob(f"*{PARTIAL}*"):
        leftover.unlink()


def backups() -> list[Path]:
    """Return the backups, the newest first."""
    found = settings.BACKUP_DIR.glob(f"{PREFIX}*")
    return sorted((path for path in found if path.suffix in SUFFIXES), reverse=True)


def restore(path: Path) -> None:
    """Replace the database by a backup.

    Stop the processes that write first. Raises BackupError, and changes nothing, if
    the file is no sound backup of this kind of database.
    """
    database = connections["default"].settings_dict
    connections.close_all()
    if is_sqlite(database):
        restore_sqlite(database, path)
    else:
        restore_postgresql(database, path)


def is_sqlite(database: dict) -> bool:
    """Whether a database of Django's settings is SQLite."""
    return database["ENGINE"].endswith("sqlite3")


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system releases even if we are killed."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning("Another backup is running.") from error
        yield


def copy_sqlite(database: dict, target: Path) -> None:
    """Copy SQLite's database while it is in use."""
    there = f"{Path(database['NAME']).absolute().as_uri()}?mode=rw"  # never a new one
    try:
        with (
            closing(sqlite3.connect(there, uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            if not is_migrated(source):
                raise BackupError(f"{database['NAME']} was never migrated.")
            source.backup(copy)
            # The copy is in WAL mode too: opening it would create two files beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"{target} was not written: {error}.") from error


def is_migrated(database: sqlite3.Connection) -> bool:
    """Whether a database is one of Django's."""
    table = "SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'"
    return database.execute(table).fetchone() is not None


def restore_sqlite(database: dict, path: Path) -> None:
    """Copy a backup over the database, inside one transaction of SQLite's."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupError(f"{path} is damaged.")
            if not is_migrated(source):
                raise BackupError(f"{path} is no backup of this application.")
            with closing(sqlite3.connect(database["NAME"])) as target:
                source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"{path} was not restored: {error}.") from error


def dump_postgresql(database: dict, target: Path) -> None:
    """Have pg_dump write PostgreSQL's own archive format."""
    run(database, "pg_dump", "--format=custom", f"--file={target}")


def restore_postgresql(database: dict, path: Path) -> None:
    """Empty the schema and have psql fill it again, in one transaction.

    `pg_restore --clean` would leave the tables that the archive does not know.
    """
    with tempfile.NamedTemporaryFile(suffix=".sql") as sql:
        # All of the archive is read before anything is changed.
        run(database, "pg_restore", "--no-owner", f"--file={sql.name}", str(path))
        empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        options = ["--no-psqlrc", "--quiet", "--single-transaction"]
        options += ["--set=ON_ERROR_STOP=1", f"--command={empty}", f"--file={sql.name}"]
        run(database, "psql", *options)


def run(database: dict, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on our database, its password out of sight."""
    variables = {
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"]),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
    }
    environment = os.environ | {
        name: value for name, value in variables.items() if value
    }
    try:
        done = subprocess.run(
            [program, "--no-password", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not installed.") from error
    if done.returncode:
        reason = done.stderr.strip().removeprefix(f"{program}: ")
        raise BackupError(f"{program}: {reason}")
