"""Start the application's real processes: workers, beat and a web server."""

import functools
import json
import shlex
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from sprout.broker import free_port
from sprout.loopback import urlopen
from sprout.process import Process, environment
from sprout.worker import Worker
from tools.waiting import until

PROJECT = Path(settings.BASE_DIR)

# The job_data of the curl examples in README.md and on the pages.
LINES = {
    "ESG-TC01": '{"div" : [4, 2], "mul" : [3], "add" : [6], "sub" : [2]}',
    "ESG-TC02": '{"div" : [4, 2], "mul" : [3]}',
    "ESG-TC03": '{"add" : [4, 2], "sub" : [3]}',
}


class Stack:
    """Processes of the application, on one broker and one database.

    `worker()` and `celery()` return context managers, which start and stop a process.
    """

    def __init__(self, broker: str, database: str, **env: str) -> None:
        self.env = {"CELERY_BROKER_URL": broker, "DATABASE_URL": database, **env}

    def manage(self, *arguments: str) -> str:
        """Run `python manage.py ARGUMENTS` and return its output."""
        return subprocess.run(
            ["python", "manage.py", *arguments],
            cwd=PROJECT,
            env=environment(self.env),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def python(self, *lines: str) -> str:
        """Run lines of code in Django's shell and return their output."""
        return self.manage("shell", "-v0", "-c", "\n".join(lines))

    def worker(self, *arguments: str, **env: str) -> Worker:
        """Return a worker. `env` applies to this worker only."""
        # Worker also sets CELERY_RESULT_BACKEND, which the application ignores.
        broker = self.env["CELERY_BROKER_URL"]
        # Without mingle, a worker does not spend a second waiting for other workers'
        # replies.
        arguments = ("--without-mingle", *arguments)
        return Worker(PROJECT, broker, env={**self.env, **env}, arguments=arguments)

    def celery(self, *arguments: str) -> Process:
        """Return the process `celery -A taskrunner ARGUMENTS`."""
        command = ["celery", "-A", "taskrunner", *arguments]
        # Unbuffered, so that the log is complete at any time.
        return Process(command, cwd=PROJECT, env={**self.env, "PYTHONUNBUFFERED": "1"})


class Site(Stack):
    """The application with its web server, and methods for HTTP requests."""

    def __init__(self, broker: str, database: str, **env: str) -> None:
        super().__init__(broker, database, **env)
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def call(self, path: str, data: dict | None = None, method=None, headers=()):
        """Send a request with JSON. Return the status and the JSON of the response."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            self.address + path,
            body,
            {"Content-Type": "application/json", **dict(headers)},
            method=method,
        )
        try:
            with urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def curl(self, line: str):
        """Run a page's curl example against this server. Return the JSON response."""
        command = shlex.split(line.replace("http://localhost:8000", self.address))
        done = subprocess.run(command, capture_output=True, timeout=20, check=True)
        return json.loads(done.stdout)

    def start(self, testcase: str, job_data: dict) -> dict:
        """Start a run and return it."""
        code, run = self.call(
            "/api/runs/", {"testcase": testcase, "job_data": job_data}
        )
        assert code == 202, run
        return run

    def follow(self, run: dict, when=lambda run: "retry" in run["links"], timeout=30):
        """Poll a run until `when` is true, by default until the run has ended.

        Returns the run. Fails after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            code, run = self.call(f"/api/runs/{run['id']}/")
            assert code == 200
            if when(run):
                return run
            assert time.monotonic() < deadline, run
            time.sleep(0.1)


@contextmanager
def site(broker: str, folder: Path, **env: str) -> Iterator[Site]:
    """Serve the application on a free port, with an empty database.

    The database is a file in `folder`, or the database of DATABASE_URL.
    """
    database = env.pop("DATABASE_URL", None) or empty_database(folder)
    limits = {"THROTTLE_START": "100000/min", "THROTTLE_CHANGE": "100000/min"}
    served = Site(broker, database, **limits, **env)
    if not database.startswith("sqlite"):
        served.manage("migrate", "-v0")
    command = ["gunicorn", "--no-control-socket", "--threads", "4", "-b"]
    command += [f"127.0.0.1:{served.port}", "taskrunner.wsgi"]
    with Process(command, cwd=PROJECT, env=served.env) as server:

        def answers() -> bool:
            assert server.running, server.log()
            try:
                return served.call("/api/workflows/")[0] == 200
            except urllib.error.URLError:
                return False

        until(answers)
        yield served


def empty_database(folder: Path) -> str:
    """Create a database file with all tables in a folder. Return its URL."""
    path = folder / "db.sqlite3"
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@functools.cache
def _migrated() -> bytes:
    """Return a migrated database file. A migration takes seconds, so migrate once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "db.sqlite3")
        Stack("", f"sqlite:///{path}").manage("migrate", "-v0")
        return path.read_bytes()
