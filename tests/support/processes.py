"""Helpers for tests that start programs of the companion."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from sprout.days import ROOT

# Without mingle, a worker does not spend a second waiting for other workers' replies.
ALONE = ["--without-mingle", "--concurrency", "2"]


def accept_ctrl_c() -> None:
    """Enable Ctrl-C, which a shell disables for background processes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def owner(program: Path, *arguments: object, **options) -> Iterator[subprocess.Popen]:
    """Run a Python program that uses the companion, in a new session."""
    with subprocess.Popen(
        [sys.executable, "-u", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=accept_ctrl_c,
        **options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def taskrunner(folder: Path, code: str) -> Path:
    """Write a day with a single module. Return its folder."""
    folder.mkdir(exist_ok=True)
    begin = 'from celery import Celery\n\napp = Celery("taskrunner")\n'
    (folder / "taskrunner.py").write_text(begin + code, encoding="utf-8")
    return folder


def copy_of_sprout(folder: Path) -> Path:
    """Copy the days and the companion, with shorter sleeps in the tasks."""
    for part in ("sprout", *sorted(path.name for path in ROOT.glob("day[0-9]*"))):
        ignored = shutil.ignore_patterns("__pycache__", "runs.json", ".coverage*")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for path in folder.glob("day*/**/*.py"):
        code = path.read_text(encoding="utf-8")
        for sleep in ("time.sleep(1)", "time.sleep(5)"):
            code = code.replace(sleep, "time.sleep(0.1)")
        path.write_text(code, encoding="utf-8")
    return folder


def plain_environment(**extra: str) -> dict[str, str]:
    """Return the environment without variables of tests and of a developer's shell."""
    dropped = ("COVERAGE_", "PYTEST_", "CELERY_", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return {**kept, **extra}


@contextmanager
def read_only(folder: Path) -> Iterator[list[str]]:
    """Make a folder read-only. Yield a prefix for commands that run in the folder."""
    if os.geteuid() != 0:
        paths = [folder, *folder.rglob("*")]
        modes = [(path, path.stat().st_mode) for path in paths]
        for path, mode in modes:
            path.chmod(mode & ~0o222)
        try:
            yield []
        finally:
            for path, mode in modes:
                path.chmod(mode)
        return
    # Root ignores file modes, but not a read-only mount. The mount is private to the
    # command, and disappears when the command ends.
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0"'
    prefix = ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', str(folder)]
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("Allow `unshare -m`, or run this test as another user.")
    yield prefix
