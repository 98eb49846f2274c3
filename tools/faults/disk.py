"""A disk fault: the disk for the backups is full."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tools.faults.fault import fault
from tools.faults.stack import Stack
from tools.waiting import until


def lacks_disk() -> str:
    """Return the missing requirement for a separate disk, or "" if none is missing."""
    if not sys.platform.startswith("linux"):
        return "Linux to mount a disk in memory"
    return "" if os.geteuid() == 0 else "root privileges to mount a disk"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of 64 MB in memory over a folder during a `with` block."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "sprout", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:  # Unmount even if a process has an open file.
        subprocess.run(["umount", "--lazy", folder], check=True)


@fault(
    "the disk is full during a backup",
    "the backup fails with an error, the previous backup is kept, and the next backup "
    "succeeds when the disk has space",
    lacks=lacks_disk,
)
def full_disk(stack: Stack) -> str:
    """Leave 16 KB free, too little for a backup, and restore the previous backup."""
    folder = Path(stack.env["BACKUP_DIR"])
    with small_disk(folder):
        ((runs,),) = stack.rows("SELECT COUNT(*) FROM workflows_run")
        _, good = hourly_backup(stack)
        filler = folder / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(folder).free - 2**14))
        before, begin = contents(folder), len(stack.log("worker"))
        task, error = hourly_backup(stack)
        assert error["exc_type"] == "BackupError", error
        until(
            # The worker logs the error after it stores the result.
            lambda: f"{task}] raised" in stack.log("worker")[begin:],
            60,
            "the worker logs the error",
        )
        assert contents(folder) == before, "a damaged or partial backup"
        restored = newest_restored(stack)
        assert restored >= runs > 0, f"{restored} of {runs} runs were restored"
        filler.unlink()
        _, better = hourly_backup(stack)
        left = contents(folder).keys()
        assert left == {"lock", good, better}, f"{sorted(left)} after {good}, {better}"
    reason = error["exc_message"][0].rpartition(": ")[2]
    return f"error in the task's result and in the worker's log: {reason}"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def hourly_backup(stack: Stack) -> tuple[str, Any]:
    """Make the hourly backup due. Wait for its task, and return the id and result."""
    ended = (
        "SELECT task_id, result FROM django_celery_results_taskresult "
        "WHERE periodic_task_name = 'backup, every hour' "
        "AND status IN ('SUCCESS', 'FAILURE')"
    )
    before = stack.rows(ended)
    stack.python(
        "from datetime import timedelta\n"
        "from django.utils.timezone import now\n"
        "from django_celery_beat.models import PeriodicTask\n"
        "entry = PeriodicTask.objects.get(name='backup, every hour')\n"
        "entry.last_run_at = now() - timedelta(hours=1)\n"
        "entry.save()"
    )
    ((task, result), *_) = until(
        lambda: [row for row in stack.rows(ended) if row not in before], 60, "a backup"
    )
    return task, json.loads(result)


def newest_restored(stack: Stack) -> int:
    """Restore the newest backup to another database. Return its number of runs."""
    if stack.database == "postgresql":
        address = stack.postgresql.url.removesuffix("postgres") + "restored"
        with psycopg.connect(stack.postgresql.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE restored")
    else:
        address = f"sqlite:///{stack.folder}/restored.sqlite3"
    printed = stack.python(
        "from django.core.management import call_command\n"
        "from workflows.models import Run\n"
        "call_command('restore', 'latest', yes=True)\n"
        "print(Run.objects.count())",
        DATABASE_URL=address,
    )
    return int(printed.split()[-1])
