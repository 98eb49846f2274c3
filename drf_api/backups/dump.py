"""Back up and restore the database. Keep only the newest backups.

SQLite's backup API copies a consistent snapshot while other processes write. For
PostgreSQL, pg_dump writes the backup, and pg_restore and psql restore it.
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
    """A backup could not be written or restored; the message gives the reason."""


class AlreadyRunning(BackupError):
    """Another process is writing a backup."""


def backup() -> Path:
    """Write a backup, delete old backups, and return the new backup's path.

    Raises AlreadyRunning if another backup is running, and BackupError if the backup
    cannot be written.
    """
    try:
        settings.BACKUP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
        with exclusive_lock(settings.BACKUP_DIR):
            path = write(settings.BACKUP_DIR)
            for old in backups()[settings.BACKUPS_KEPT :]:
                old.unlink()
    except OSError as error:
        raise BackupError(f"No backup was written: {error}.") from error
    return path


def write(folder: Path) -> Path:
    """Copy the database to a new file in the folder, and return the file's path."""
    delete_partial(folder)  # left behind by a killed backup
    database = connections["default"].settings_dict
    sqlite = is_sqlite(database)
    name = f"{PREFIX}{timezone.now():%Y%m%d-%H%M%S-%f}"
    path = folder / f"{name}.{'sqlite3' if sqlite else 'dump'}"
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=0o600)  # the backup contains all private data
        (copy_sqlite if sqlite else dump_postgresql)(database, partial)
        # Without fsync(), a power failure could leave an incomplete backup.
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        return partial.rename(path)
    finally:
        delete_partial(folder)  # frees the space on a full disk


def delete_partial(folder: Path) -> None:
    """Delete the files of an unfinished backup."""
    for leftover in folder.glob(f"*{PARTIAL}*"):
        leftover.unlink()


def backups() -> list[Path]:
    """Return the backups, newest first."""
    found = settings.BACKUP_DIR.glob(f"{PREFIX}*")
    return sorted((path for path in found if path.suffix in SUFFIXES), reverse=True)


def restore(path: Path) -> None:
    """Replace the database with a backup.

    First stop all processes that write to the database. Raises BackupError, without
    changing the database, if the file is not an intact backup of the same kind of
    database.
    """
    database = connections["default"].settings_dict
    connections.close_all()
    if is_sqlite(database):
        restore_sqlite(database, path)
    else:
        restore_postgresql(database, path)


def is_sqlite(database: dict) -> bool:
    """Return whether an entry of DATABASES uses SQLite."""
    return database["ENGINE"].endswith("sqlite3")


@contextmanager
def exclusive_lock(folder: Path) -> Iterator[None]:
    """Hold an exclusive lock on the folder during the block.

    The operating system releases the lock if the process is killed. Raises
    AlreadyRunning if another process holds the lock.
    """
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning("Another backup is running.") from error
        yield


def copy_sqlite(database: dict, target: Path) -> None:
    """Copy an SQLite database while it is in use."""
    # Without mode=rw, sqlite3 would create a missing file.
    uri = f"{Path(database['NAME']).absolute().as_uri()}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            if not is_migrated(source):
                raise BackupError(
                    f"{database['NAME']} has no tables. Run `manage.py migrate` first."
                )
            source.backup(copy)
            # The copy inherits WAL mode, in which SQLite creates two files next to an
            # open database.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise BackupError(f"{target} was not written: {error}.") from error


def is_migrated(database: sqlite3.Connection) -> bool:
    """Return whether the database contains Django's table of applied migrations."""
    table = "SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'"
    return database.execute(table).fetchone() is not None


def restore_sqlite(database: dict, path: Path) -> None:
    """Replace the contents of the database with a backup, in one SQLite transaction."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source:
            if source.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupError(f"{path} is damaged.")
            if not is_migrated(source):
                raise BackupError(f"{path} is not a backup of this application.")
            with closing(sqlite3.connect(database["NAME"])) as target:
                source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"{path} was not restored: {error}.") from error


def dump_postgresql(database: dict, target: Path) -> None:
    """Write an archive in pg_dump's custom format."""
    run(database, "pg_dump", "--format=custom", f"--file={target}")


def restore_postgresql(database: dict, path: Path) -> None:
    """Empty the schema and load the backup into it, in one transaction.

    `pg_restore --clean` would keep the tables that are not in the archive.
    """
    with tempfile.NamedTemporaryFile(suffix=".sql") as sql:
        # Convert the whole archive to SQL first, so that a damaged archive changes
        # nothing.
        run(database, "pg_restore", "--no-owner", f"--file={sql.name}", str(path))
        empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        options = ["--no-psqlrc", "--quiet", "--single-transaction"]
        options += ["--set=ON_ERROR_STOP=1", f"--command={empty}", f"--file={sql.name}"]
        run(database, "psql", *options)


def run(database: dict, program: str, *arguments: str) -> None:
    """Run a PostgreSQL client program with the password in its environment.

    Raises BackupError if the program is not installed or fails.
    """
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
        raise BackupError(
            f"{program} is not installed. Install PostgreSQL's client programs."
        ) from error
    if done.returncode:
        reason = done.stderr.strip().removeprefix(f"{program}: ")
        raise BackupError(f"{program}: {reason}")
