"""Start the whole application and stop it again: `make api`.

Migrates the database, starts every process of supervisord.conf, waits until all are
healthy, says where they are, and follows their logs until Ctrl-C.

The environment is that of settings.py, and: PORT (8000), FLOWER_PORT (5555),
REDIS_PORT (6379), SPROUT_VAR (var, in this folder, for logs and what Redis holds), and
DJANGO_SUPERUSER_USERNAME and DJANGO_SUPERUSER_PASSWORD for the first administrator.
With CELERY_BROKER_URL set, no Redis is started.
"""

import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from sprout.broker import free_port
from sprout.loopback import urlopen
from sprout.process import SCRIPTS, Process
from sprout.redis_server import NO_REDIS, find_server

HERE = Path(__file__).resolve().parent
VAR = HERE / (os.environ.get("SPROUT_VAR") or "var")
LOGS = VAR / "log"
PATIENCE = 90  # seconds for all to become healthy
# Seconds for all to end: more than their stopwaitsecs together, since supervisord stops
# one after the other. What it starts would outlive it if it were killed before.
GRACE = 220


def main() -> None:
    """Start, wait, follow; the blocks' ends are what stops everything."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also if started by &
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for folder in (LOGS, VAR / "redis"):
        folder.mkdir(parents=True, exist_ok=True)
    with (VAR / "lock").open("w") as lock, tempfile.TemporaryDirectory() as run:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("The application is already running in another terminal.")
        variables = choose(Path(run))
        prepare(variables)
        supervisord = ["supervisord", "-c", str(HERE / "deploy" / "supervisord.conf")]
        with Process(supervisord, cwd=HERE, env=variables, grace=GRACE) as process:
            try:
                wait_until_healthy(process, variables)
                print(welcome(variables), flush=True)
                logs = [str(path) for path in sorted(LOGS.glob("*.log"))]
                subprocess.run(["tail", "-n", "0", "-F", *logs])
            except KeyboardInterrupt:
                pass
            finally:
                # Pressed again, it would leave before all have ended.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                print("\nStopping everything ...", flush=True)


def choose(run: Path) -> dict[str, str]:
    """Return the variables that supervisord.conf and the programs need."""
    ours: set[int] = set()
    variables = {
        "SPROUT_RUN": str(run),  # short: a socket's path may have some 100 characters
        "SPROUT_VAR": str(VAR),
        "SPROUT_PORT": str(port("PORT", 8000, ours)),
        "SPROUT_FLOWER_PORT": str(port("FLOWER_PORT", 5555, ours)),
        "SPROUT_REDIS": "redis-server",
        "SPROUT_REDIS_PORT": "0",
        "SPROUT_OWN_REDIS": "false",
    }
    if not os.environ.get("CELERY_BROKER_URL"):
        server = find_server(SCRIPTS)
        if server is None:
            sys.exit(NO_REDIS)
        redis_port = str(port("REDIS_PORT", 6379, ours))
        variables |= {
            "SPROUT_REDIS": str(server),
            "SPROUT_REDIS_PORT": redis_port,
            "SPROUT_OWN_REDIS": "true",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
        }
    return variables


def port(name: str, usual: int, ours: set[int]) -> int:
    """Return the port that the environment names, or the usual one, or a free one.

    Add it to `ours`, which are no longer free.
    """
    if wanted := os.environ.get(name):
        number = int(wanted) if wanted.isdecimal() else 0
        if not 0 < number < 65536 or number in ours or taken(number):
            sys.exit(f"{name}={wanted} is not a port, or the port is in use.")
    elif usual in ours or taken(usual):
        number = free_port()
        print(f"Port {usual} is taken; using {number} ({name}).")
    else:
        number = usual
    ours.add(number)
    return number


def taken(number: int) -> bool:
    """Whether a program listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", number)) == 0


def prepare(variables: dict[str, str]) -> None:
    """Migrate before anything starts, and make the first administrator if asked to."""
    commands = [["migrate", "-v0"]]
    if os.environ.get("DJANGO_SUPERUSER_PASSWORD"):
        commands.append(["first_admin"])
    for command in commands:
        manage = ["python", "manage.py", *command]
        with Process(manage, cwd=HERE, env=variables, piped=True) as process:
            for line in process.lines():
                print(line, flush=True)
            if process.wait():
                sys.exit(1)


def wait_until_healthy(process: Process, variables: dict[str, str]) -> None:
    """Return when every program runs and answers; exit with the reason if not."""
    print("Starting ...", flush=True)
    deadline = time.monotonic() + PATIENCE
    status: dict[str, str] = {}
    while time.monotonic() < deadline and process.running:
        status = programs(variables)
        broken = [name for name, state in status.items() if state == "FATAL"]
        if broken:
            break
        if (
            set(status.values()) == {"RUNNING"}
            and answers(variables["SPROUT_PORT"], "readyz")
            and answers(variables["SPROUT_FLOWER_PORT"], "healthcheck")
        ):
            return
        time.sleep(0.5)
    else:
        broken = [name for name, state in status.items() if state != "RUNNING"]
    for name in broken or ["supervisord", "web", "worker"]:
        log = LOGS / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else process.log()
        print(f"--- {name}", *text.splitlines()[-15:], sep="\n")
    sys.exit("Some processes did not start. See the output above.")


def programs(variables: dict[str, str]) -> dict[str, str]:
    """Return the state of each program, as supervisord says it; none if it does not."""
    socket = f"unix://{variables['SPROUT_RUN']}/supervisor.sock"
    transport = SupervisorTransport(serverurl=socket)
    try:
        with ServerProxy("http://localhost", transport) as supervisord:
            found: Any = supervisord.supervisor.getAllProcessInfo()
    except OSError:
        return {}
    states = {each["name"]: each["statename"] for each in found}
    if variables["SPROUT_OWN_REDIS"] == "false":
        states.pop("redis", None)
    return states


def answers(port: str, path: str) -> bool:
    """Whether a page is there."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=3):
            return True
    except OSError:
        return False


def welcome(variables: dict[str, str]) -> str:
    """Return what to do next, and where."""
    site = f"http://127.0.0.1:{variables['SPROUT_PORT']}"
    flower = f"http://127.0.0.1:{variables['SPROUT_FLOWER_PORT']}"
    socket = shlex.quote(f"unix://{variables['SPROUT_RUN']}/supervisor.sock")
    control = f"supervisorctl -s {socket}"
    broker = variables.get("CELERY_BROKER_URL", "the one in CELERY_BROKER_URL")
    return f"""
  the application  {site}/
  its API          {site}/api/
  the admin        {site}/admin/
  Flower           {flower}/
  the broker       {broker}
  the processes    {control} status
  the logs         {LOGS}

Ctrl-C stops everything. Now the logs:
"""


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # before there was anything to stop
        sys.exit(128 + signal.SIGINT)
