"""The application as it is served: a web server, a worker, a database of their own."""

import json
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from sprout.broker import free_port
from sprout.process import Process, environment
from sprout.worker import Worker

FOLDER = Path(settings.BASE_DIR)


class Site:
    """The served application, asked over HTTP as any program would."""

    def __init__(self, address: str, env: dict[str, str]) -> None:
        self.address = address
        self.env = env

    def call(self, path: str, data: dict | None = None, method=None, headers=()):
        """Send JSON, and return the status and what came back."""
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(
            self.address + path,
            body,
            {"Content-Type": "application/json", **dict(headers)},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def curl(self, line: str):
        """Run a line of curl that a page shows, at our address instead."""
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

    def follow(self, run: dict, until=lambda run: "retry" in run["links"], timeout=30):
        """Look at a run until it has ended, or until something else holds."""
        deadline = time.monotonic() + timeout
        while True:
            code, run = self.call(f"/api/runs/{run['id']}/")
            assert code == 200
            if until(run):
                return run
            assert time.monotonic() < deadline, run
            time.sleep(0.05)

    def manage(self, *arguments: str) -> str:
        """Run `python manage.py ARGUMENTS` and return what it prints."""
        return subprocess.run(
            ["python", "manage.py", *arguments],
            cwd=FOLDER,
            env=environment(self.env),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def python(self, *lines: str) -> str:
        """Run lines of code in Django's shell and return what they print."""
        return self.manage("shell", "-v0", "-c", "\n".join(lines))

    def worker(self, *arguments: str) -> Worker:
        """Return a worker, not started yet."""
        # It is given a CELERY_RESULT_BACKEND, as the days' workers are: no matter.
        broker = self.env["CELERY_BROKER_URL"]
        return Worker(FOLDER, broker, env=self.env, arguments=arguments)


@contextmanager
def site(broker: str, folder: Path, **env: str) -> Iterator[Site]:
    """Serve the application on a free port, with an empty database."""
    env = {
        "CELERY_BROKER_URL": broker,
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "THROTTLE_START": "100000/min",
        "THROTTLE_CHANGE": "100000/min",
        **env,
    }
    port = free_port()
    found = Site(f"http://127.0.0.1:{port}", env)
    found.manage("migrate", "-v0")
    command = ["gunicorn", "--no-control-socket", "--threads", "4"]
    with Process(
        [*command, "-b", f"127.0.0.1:{port}", "taskrunner.wsgi"], cwd=FOLDER, env=env
    ) as server:
        deadline = time.monotonic() + 20
        while True:
            try:
                found.call("/api/workflows/")
                break
            except urllib.error.URLError:
                assert server.running, server.log()
                assert time.monotonic() < deadline, server.log()
                time.sleep(0.05)
        yield found
