"""The worker of a day: a real `celery worker`, started as the day's README says.

>>> with Broker() as broker, Worker(Path("day1"), broker.url()) as worker:
...     worker.running
True
"""

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from sprout import SproutError
from sprout.doctor.text import diagnose
from sprout.process import Process

COMMAND = ("celery", "-A", "taskrunner", "worker", "-l", "info")

# What a log says when a worker cannot come up, and what that means.
KNOWN_TROUBLE = {
    r"module taskrunner was not found|No module named 'taskrunner'": (
        "There is no taskrunner in that folder: start the worker inside a day's folder."
    ),
    r"Module 'taskrunner' has no attribute": (
        "taskrunner has no Celery app: give it one, `app = Celery(...)`."
    ),
    r"ModuleNotFoundError|ImportError|SyntaxError|NameError": (
        "A module of taskrunner cannot be imported: see the last line of the traceback."
    ),
    r"Cannot connect to (redis|amqp)": (
        "The broker does not answer: is it running, and is CELERY_BROKER_URL right?"
    ),
    r"no task modules": "There are no task files: put one under taskrunner/tasks.",
}


class WorkerError(SproutError):
    """The worker did not come up, or it went away."""


class Worker:
    """A `celery worker` for the block; ready for tasks when the block begins.

    Arguments:
        folder: where it runs, a folder that has a `taskrunner`.
        broker_url: where tasks come from.
        result_url: where results go; by default to the broker.
        env: more environment variables for it.
        arguments: more command line arguments, such as ["--concurrency", "1"].
        timeout: how many seconds it may take to become ready.
        grace: how many seconds running tasks have to finish when it ends.

    Starting raises WorkerError, with the end of the log and what it means, if the
    worker does not become ready.
    """

    def __init__(
        self,
        folder: Path,
        broker_url: str,
        result_url: str | None = None,
        *,
        env: Mapping[str, str] | None = None,
        arguments: Sequence[str] = (),
        timeout: float = 30.0,
        grace: float = 10.0,
    ) -> None:
        self.folder = folder
        self.urls = {
            "CELERY_BROKER_URL": broker_url,
            "CELERY_RESULT_BACKEND": result_url or broker_url,
        }
        self.env = {**self.urls, **(env or {})}
        self.command = [*COMMAND, *arguments]
        self.timeout = timeout
        self.grace = grace
        self._process: Process | None = None

    def begin(self) -> Self:
        """Start it and return at once; `wait_until_ready()` is the other half."""
        if not self.folder.is_dir():
            raise WorkerError(f"There is no folder {self.folder}.")
        self._process = Process(
            self.command, cwd=self.folder, env=self.env, grace=self.grace
        ).start()
        return self

    def wait_until_ready(self) -> None:
        """Wait until it takes tasks; raise WorkerError if it does not."""
        deadline = time.monotonic() + self.timeout
        while True:
            log = self.log()
            if re.search(r"celery@\S+ ready\.", log):
                return
            # Look at the log again after the end: the last lines say why.
            if not self.running:
                raise self.trouble("The worker ended before it was ready.")
            if re.search(r"Cannot connect to (redis|amqp)", log):
                raise self.trouble("The worker finds no broker.")
            if time.monotonic() > deadline:
                raise self.trouble(f"No worker was ready after {self.timeout:.0f} s.")
            time.sleep(0.05)

    def start(self) -> Self:
        """Start it and wait until it is ready."""
        try:
            self.begin().wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def end(self) -> None:
        """Ask it to end and return at once; `stop()` waits."""
        if self._process is not None:
            self._process.end()

    def stop(self) -> None:
        """End it as SIGTERM does: running tasks finish first, within the grace."""
        if self._process is not None:
            self._process.stop()

    def log(self) -> str:
        """Return all that it has printed so far, also after its end."""
        return self._process.log() if self._process is not None else ""

    def trouble(self, what: str) -> WorkerError:
        """Return a WorkerError: what happened, what is known of it, the log's end."""
        log = self.log()
        start = log.partition(" ready.")[0]  # a task's own errors come later
        known = KNOWN_TROUBLE.items()
        meaning = [text for sign, text in known if re.search(sign, start)][:1]
        for symptom in diagnose(start)[:1]:
            meaning.append(f"`sprout doctor --explain {symptom.id}` says more.")
        end = [
            "The end of its log:",
            *("  " + line for line in log.rstrip().splitlines()[-12:]),
        ]
        return WorkerError("\n".join([what, *meaning, *end]))

    @property
    def leash_pid(self) -> int:
        """The id of the process whose only child the worker is: see `sprout.leash`."""
        assert self._process is not None, "not started"
        return self._process.leash_pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
