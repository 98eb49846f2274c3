"""Run a day as a reader does: its worker, and commands in a client's terminal."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sprout.broker import free_port
from sprout.days import ROOT
from sprout.loopback import urlopen
from sprout.process import Process, environment
from sprout.worker import Worker
from tools.waiting import until

PROGRAMS = ROOT / "tests" / "programs"


@dataclass(frozen=True)
class Urls:
    """The URLs of the broker and of the result backend."""

    broker: str
    results: str


@dataclass(frozen=True)
class Lesson:
    """A day's folder and its running worker."""

    folder: Path
    urls: Urls
    worker: Worker

    def run(self, *command: str, timeout: float = 60) -> subprocess.CompletedProcess:
        """Run a command in the day's folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment(self.worker.urls),
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def program(
        self, name: str, *arguments: str, stdin: str = "", timeout: float = 60
    ) -> subprocess.CompletedProcess:
        """Run a program of tests/programs as a client of the day."""
        return subprocess.run(
            ["python", PROGRAMS / name, *arguments],
            cwd=self.folder,
            env=environment({**self.worker.urls, "PYTHONPATH": str(self.folder)}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def wait_for_log(self, pattern: str, count: int = 1) -> list[str]:
        """Wait until the log has `count` matches of the pattern. Return all matches.

        A worker stores the result of a task before it logs the end of the task.
        """

        def found() -> list[str]:
            return re.findall(pattern, self.worker.log())

        until(lambda: len(found()) >= count, what=f"{count}x {pattern} in the log")
        return found()

    def python(self, code: str, timeout: float = 60) -> str:
        """Run Python code as a client, and return its output. Fail on errors."""
        done = self.run("python", "-c", code, timeout=timeout)
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout


def lesson(name: str, urls: Urls) -> Iterator[Lesson]:
    """Run a day's worker for the lifetime of a fixture."""
    with Worker(ROOT / name, urls.broker, urls.results) as worker:
        yield Lesson(ROOT / name, urls, worker)


def copy_day(name: str, folder: Path) -> Path:
    """Copy a day into a folder, for a test that changes the day. Return the copy."""
    copy = folder / "days" / name  # matches [tool.coverage.paths]
    shutil.copytree(
        ROOT / name, copy, ignore=shutil.ignore_patterns("runs.json", "__pycache__")
    )
    return copy


def registered(log):
    """Return the names of the tasks that the worker lists when it starts."""
    return re.findall(r"^  \. (\S+)$", log, re.MULTILINE)


def run_flower(day, env):
    port = free_port()
    command = ["celery", "-A", "taskrunner", "flower", "--address=127.0.0.1"]
    env = {**day.worker.urls, **env}
    with Process([*command, f"--port={port}"], cwd=day.folder, env=env) as process:
        url = f"http://127.0.0.1:{port}"

        def answers():
            assert process.running, process.log()
            try:
                with urlopen(f"{url}/healthcheck", timeout=5):
                    return True
            except OSError:
                return False

        until(answers, what="Flower answers")
        # When Flower starts, it enables the workers' events.
        until(lambda: "Events of group {task} enabled" in day.worker.log())
        yield url
