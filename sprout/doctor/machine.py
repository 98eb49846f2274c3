"""The checks of this machine and this checkout, one function each."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import redis
from packaging.requirements import Requirement

from sprout.days import ROOT
from sprout.doctor.broker import Redis, is_redis
from sprout.doctor.checks import Check, Finding, Status, fault, ok, unknown, warning
from sprout.process import SCRIPTS
from sprout.redis_server import find_server

BROKER = "redis://localhost:6379/0"  # the broker of the days
NEWEST_WINS = ("celery", "kombu", "billiard", "redis", "django-celery-results")
PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)


class Machine:
    """A terminal of this machine: its folder and its environment."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path.cwd()
        self.broker_url = os.environ.get("CELERY_BROKER_URL", BROKER)


def check_python(machine: Machine) -> Iterator[Finding]:
    """`celery` in this terminal comes from the environment of this Python."""
    found = shutil.which("celery")
    if found is None or Path(found).parent != SCRIPTS:
        verb = f"uses {found} instead of" if found else "does not find"
        yield warning("SPR035", f"This terminal {verb} {SCRIPTS / 'celery'}.")
    else:
        yield ok(f"Python {platform.python_version()} and `celery` in {SCRIPTS}.")


def check_versions(machine: Machine) -> Iterator[Finding]:
    """The installed packages are compatible and have the locked versions."""
    unmet = [text for name in NEWEST_WINS for text in unmet_requirements(name)]
    if unmet:
        yield fault("SPR025", f"Incompatible packages: {'; '.join(unmet)}.")
        return
    kombu = version("kombu")
    if tuple(map(int, kombu.split(".")[:2])) < (5, 4):
        yield warning("SPR019", f"Kombu {kombu} is older than 5.4.")
    lock = ROOT / "requirements" / "base.txt"
    pins = dict(PINNED.findall(lock.read_text("utf-8"))) if lock.exists() else {}
    other = [
        f"{name} {version(name)} instead of {pins[name]}"
        for name in NEWEST_WINS
        if name in pins and version(name) != pins[name]
    ]
    if other:
        yield warning(
            "SPR025", f"Versions differ from the lock file: {'; '.join(other)}."
        )
    else:
        yield ok(f"Celery {version('celery')}, Kombu {kombu}.")


def unmet_requirements(name: str) -> list[str]:
    """Return the unmet requirements of an installed package, as sentences."""
    try:
        requires = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    unmet = []
    for text in requires:
        wanted = Requirement(text)
        if wanted.marker and not wanted.marker.evaluate({"extra": "redis"}):
            continue
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            unmet.append(f"{name} requires {wanted.name}, which is not installed")
            continue
        if not wanted.specifier.contains(installed, prereleases=True):
            unmet.append(
                f"{name} requires {wanted.name}{wanted.specifier}, "
                f"but {installed} is installed"
            )
    return unmet


def check_system(machine: Machine) -> Iterator[Finding]:
    """The operating system supports fork, which Celery's default pool requires."""
    system = platform.system()
    if system == "Windows":
        yield warning("SPR007", "Windows cannot fork. Use WSL, or a pool without fork.")
    elif system == "Darwin":
        yield ok("macOS: if the system aborts forked processes, see SPR024.")
    else:
        yield ok(f"{system} {platform.machine()}.")


def check_redis_server(machine: Machine) -> Iterator[Finding]:
    """A Redis server is installed."""
    if server := find_server(SCRIPTS):
        yield ok(f"{server.name} is {server}.")
    else:
        yield warning("SPR042", "No redis-server is installed.")


def check_broker(machine: Machine) -> Iterator[Finding]:
    """A broker answers. A stopped default broker causes only a warning."""
    if not is_redis(machine.broker_url):
        yield unknown(
            "The broker is not Redis. Check your app: `sprout doctor -A app`."
        )
        return
    for finding in look_at_redis(machine.broker_url):
        not_started = finding.id == "SPR002" and machine.broker_url == BROKER
        yield warning("SPR002", finding.message) if not_started else finding


def look_at_redis(url: str) -> Iterator[Finding]:
    """Check that Redis at this URL is reachable and writable."""
    server = Redis(url)
    try:
        # Send INFO, because a Redis server that rejects writes can also reject PING.
        refuses = server.refuses_writes()
    except redis.AuthenticationError:
        yield fault("SPR026", f"Redis at {server.address} requires a password.")
    except redis.ConnectionError as error:
        text = str(error)
        if "uthentication" in text:
            yield fault("SPR026", f"Redis at {server.address} requires a password.")
        elif re.search(r"Error (-\d+|8|99|11001) ", text):
            yield fault("SPR012", f"The host of {server.address} is unknown.")
        elif re.search(r"Error \d+ connecting", text):
            yield fault("SPR002", f"Redis is not reachable at {server.address}.")
        else:  # A server answers, but it is not Redis.
            yield fault(
                "SPR036", f"A program other than Redis answers at {server.address}."
            )
    except redis.InvalidResponse:
        yield fault(
            "SPR036", f"A program other than Redis answers at {server.address}."
        )
    except redis.TimeoutError:
        yield fault("SPR002", f"Redis at {server.address} does not answer in time.")
    else:
        if refuses:
            yield fault(
                "SPR029", f"Redis at {server.address} refuses writes. {refuses}."
            )
        else:
            yield ok(f"Redis {server.info['redis_version']} at {server.address}.")


def check_environment(machine: Machine) -> Iterator[Finding]:
    """DJANGO_SETTINGS_MODULE names a module that can be found, or is not set."""
    settings = os.environ.get("DJANGO_SETTINGS_MODULE")
    if settings is None:
        yield ok("DJANGO_SETTINGS_MODULE is not set.")
    elif importable(settings, machine.folder):
        yield ok(f"DJANGO_SETTINGS_MODULE is {settings}.")
    else:
        yield fault(
            "SPR028",
            f"DJANGO_SETTINGS_MODULE is {settings}, which is not in {machine.folder}.",
        )


def importable(module: str, folder: Path) -> bool:
    """Return True if a module can be found from a folder, without importing it."""
    places = [str(folder), *sys.path]
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}".lstrip(".")
        spec = PathFinder.find_spec(name, places)
        if spec is None:
            return False
        places = list(spec.submodule_search_locations or [])
    return True


def check_celery_file(machine: Machine) -> Iterator[Finding]:
    """No file in this folder hides the package Celery."""
    if (machine.folder / "celery.py").exists():
        yield fault(
            "SPR011", f"{machine.folder / 'celery.py'} hides the package Celery."
        )
    else:
        yield ok("No file hides the package Celery.")


def check_beat(machine: Machine) -> Iterator[Finding]:
    """At most one beat is running here, and no stale pid file exists."""
    file = machine.folder / "celerybeat.pid"
    running = beats(machine.folder)
    if file.exists():
        pid = file.read_text("utf-8").strip()
        if pid.isdigit() and is_running(int(pid)):
            yield ok(f"Beat is running: process {pid}.")
        else:
            yield Finding(
                Status.FAULT,
                f"{file} exists, but no process {pid} is running.",
                "SPR021",
                fix=file.unlink,
                fix_text=f"delete {file}",
            )
    if len(running) > 1:
        pids = ", ".join(map(str, running))
        yield warning(
            "SPR021", f"{len(running)} beats are running here: processes {pids}."
        )
    elif not file.exists():
        yield ok("At most one beat is running here.")


def beats(folder: Path) -> list[int]:
    """Return the ids of the beat processes in a folder, or [] if there is no /proc."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text("utf-8", "replace").split("\0")
            here = (process / "cwd").resolve() == folder.resolve()
        except OSError:  # The process has ended, or another user owns it.
            continue
        if here and "beat" in words and "celery" in [Path(w).name for w in words[:3]]:
            found.append(int(process.name))
    return sorted(found)


def is_running(pid: int) -> bool:
    """Return True if a process with this id is running."""
    try:
        os.kill(pid, 0)
    except PermissionError:  # Another user owns the process.
        return True
    except OSError:
        return False
    return True


CHECKS: tuple[Check, ...] = (
    check_celery_file,
    check_python,
    check_versions,
    check_system,
    check_environment,
    check_redis_server,
    check_broker,
    check_beat,
)
