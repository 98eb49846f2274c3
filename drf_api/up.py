"""Start the application, and stop it on Ctrl-C: `make api`.

This program migrates the database, starts the processes of supervisord.conf, and waits
until all processes are healthy. Then it prints the addresses and follows the logs.

In addition to the variables in env.py, the program reads PORT (default 8000),
FLOWER_PORT (5555) and REDIS_PORT (6379). SPROUT_VAR is the folder for logs and Redis's
data, by default var in this folder. DJANGO_SUPERUSER_USERNAME and
DJANGO_SUPERUSER_PASSWORD create the first administrator. If CELERY_BROKER_URL is set,
the program does not start Redis.
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
START_LIMIT = 90  # seconds for all processes to become healthy
# Seconds for all processes to stop. The limit exceeds the sum of their stopwaitsecs,
# because supervisord stops the processes one by one. If supervisord were killed
# earlier, the remaining processes would keep running.
STOP_LIMIT = 220


def main() -> None:
    """Run the application until Ctrl-C."""
    # Enable Ctrl-C, which a shell disables for a command that ends with "&".
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for folder in (LOGS, VAR / "redis"):
        folder.mkdir(parents=True, exist_ok=True)
    with (VAR / "lock").open("w") as lock, tempfile.TemporaryDirectory() as run:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(
                "The application is already running in another terminal. "
                "Stop it there with Ctrl-C."
            )
        variables = choose(Path(run))
        prepare(variables)
        supervisord = ["supervisord", "-c", str(HERE / "deploy" / "supervisord.conf")]
        with Process(supervisord, cwd=HERE, env=variables, grace=STOP_LIMIT) as process:
            try:
                wait_until_healthy(process, variables)
                print(welcome(variables), flush=True)
                logs = [str(path) for path in sorted(LOGS.glob("*.log"))]
                subprocess.run(["tail", "-n", "0", "-F", *logs])
            except KeyboardInterrupt:
                pass
            finally:
                # A second Ctrl-C would end this program before its child processes.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                print("\nStopping everything ...", flush=True)


def choose(run: Path) -> dict[str, str]:
    """Return the environment for supervisord.conf and its programs."""
    chosen: set[int] = set()
    variables = {
        "SPROUT_RUN": str(run),  # short: a socket's path has at most 100 characters
        "SPROUT_VAR": str(VAR),
        "SPROUT_PORT": str(port("PORT", 8000, chosen)),
        "SPROUT_FLOWER_PORT": str(port("FLOWER_PORT", 5555, chosen)),
        "SPROUT_REDIS": "redis-server",
        "SPROUT_REDIS_PORT": "0",
        "SPROUT_OWN_REDIS": "false",
    }
    if not os.environ.get("CELERY_BROKER_URL"):
        server = find_server(SCRIPTS)
        if server is None:
            sys.exit(NO_REDIS)
        redis_port = str(port("REDIS_PORT", 6379, chosen))
        variables |= {
            "SPROUT_REDIS": str(server),
            "SPROUT_REDIS_PORT": redis_port,
            "SPROUT_OWN_REDIS": "true",
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
        }
    return variables


def port(name: str, usual: int, chosen: set[int]) -> int:
    """Return the port set in the environment, or the default port, or a free port.

    Adds the port to `chosen`. Exits if the port in the environment is invalid or in
    use.
    """
    if wanted := os.environ.get(name):
        number = int(wanted) if wanted.isdecimal() else 0
        if not 0 < number < 65536 or number in chosen or in_use(number):
            sys.exit(
                f"{name}={wanted} is not a port, or the port is in use. "
                f"Set {name} to a free port from 1 to 65535."
            )
    elif usual in chosen or in_use(usual):
        number = free_port()
        print(f"Port {usual} is in use; using {number} ({name}).")
    else:
        number = usual
    chosen.add(number)
    return number


def in_use(number: int) -> bool:
    """Return whether a program listens on the port at 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", number)) == 0


def prepare(variables: dict[str, str]) -> None:
    """Migrate the database, and create the first administrator if configured."""
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
    """Wait until every program responds. If a program fails, print its log and exit."""
    print("Starting ...", flush=True)
    deadline = time.monotonic() + START_LIMIT
    status: dict[str, str] = {}
    while time.monotonic() < deadline and process.running:
        status = programs(variables)
        broken = [name for name, state in status.items() if state == "FATAL"]
        if broken:
            break
        if (
            set(status.values()) == {"RUNNING"}
            and responds(variables["SPROUT_PORT"], "readyz")
            and responds(variables["SPROUT_FLOWER_PORT"], "healthcheck")
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
    """Return each program's state, or {} if supervisord is not ready."""
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


def responds(port: str, path: str) -> bool:
    """Return whether a URL responds successfully within three seconds."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}", timeout=3):
            return True
    except OSError:
        return False


def welcome(variables: dict[str, str]) -> str:
    """Return a message with the addresses, the status command and the log folder."""
    site = f"http://127.0.0.1:{variables['SPROUT_PORT']}"
    flower = f"http://127.0.0.1:{variables['SPROUT_FLOWER_PORT']}"
    socket = shlex.quote(f"unix://{variables['SPROUT_RUN']}/supervisor.sock")
    control = f"supervisorctl -s {socket}"
    broker = variables.get("CELERY_BROKER_URL", "see CELERY_BROKER_URL")
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
    except KeyboardInterrupt:  # before the first process started
        sys.exit(128 + signal.SIGINT)
