"""The worker of a day: a real `celery worker`, started as in the day's README.

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

# Log lines of a worker that cannot start, and their explanations.
KNOWN_TROUBLE = {
    r"module taskrunner was not found|No module named 'taskrunner'": (
        "The folder has no module taskrunner. Start the worker in the folder of a day."
    ),
    r"Module 'taskrunner' has no attribute": (
        "taskrunner has no Celery app. Create one: `app = Celery(...)`."
    ),
    r"ModuleNotFoundError|ImportError|SyntaxError|NameError": (
        "A module of taskrunner cannot be imported. See the last line of the traceback."
    ),
    r"Cannot connect to (redis|amqp)": (
        "The broker does not answer. Start it, or correct CELERY_BROKER_URL."
    ),
    r"no task modules": "There are no task files. Create one under taskrunner/tasks.",
}


class WorkerError(SproutError):
    """The worker did not start, or has stopped."""


class Worker:
    """A `celery worker` that runs during a `with` block.

    Arguments:
        folder: the working directory, which contains the app `taskrunner`.
        broker_url: the URL of the broker.
        result_url: the URL of the result backend, by default the broker's.
        env: additional environment variables.
        arguments: additional command line arguments, such as ["--concurrency", "1"].
        timeout: the number of seconds to wait until the worker is ready.
        grace: the number of seconds that `stop()` gives running tasks to finish.

    Entering the `with` block raises WorkerError if the worker does not become ready.
    The error contains the end of the log and, if known, an explanation.
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
        """Start the worker and return immediately. Call `wait_until_ready()` next."""
        if not self.folder.is_dir():
            raise WorkerError(f"There is no folder {self.folder}.")
        self._process = Process(
            self.command, cwd=self.folder, env=self.env, grace=self.grace
        ).start()
        return self

    def wait_until_ready(self) -> None:
        """Wait until the worker is ready. Raise WorkerError on failure or timeout."""
        deadline = time.monotonic() + self.timeout
        while True:
            log = self.log()
            if re.search(r"celery@\S+ ready\.", log):
                return
            # trouble() reads the log again, because the worker writes the reason last.
            if not self.running:
                raise self.trouble("The worker stopped before it was ready.")
            if re.search(r"Cannot connect to (redis|amqp)", log):
                raise self.trouble("The worker cannot reach its broker.")
            if time.monotonic() > deadline:
                raise self.trouble(f"No worker was ready within {self.timeout:.0f} s.")
            time.sleep(0.05)

    def start(self) -> Self:
        """Start the worker and wait until it is ready."""
        try:
            self.begin().wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def end(self) -> None:
        """Begin a warm shutdown. Only `stop()` waits for the worker to exit."""
        if self._process is not None:
            self._process.end()

    def stop(self) -> None:
        """Stop the worker, and kill tasks that run longer than the grace period."""
        if self._process is not None:
            self._process.stop()

    def log(self) -> str:
        """Return the output so far. Also works after `stop()`."""
        return self._process.log() if self._process is not None else ""

    def trouble(self, what: str) -> WorkerError:
        """Return an error with the problem, its explanation and the end of the log."""
        log = self.log()
        start = log.partition(" ready.")[0]  # Task errors come later.
        known = KNOWN_TROUBLE.items()
        meaning = [text for sign, text in known if re.search(sign, start)][:1]
        for symptom in diagnose(start)[:1]:
            meaning.append(f"For details, run `sprout doctor --explain {symptom.id}`.")
        end = [
            "The end of its log:",
            *("  " + line for line in log.rstrip().splitlines()[-12:]),
        ]
        return WorkerError("\n".join([what, *meaning, *end]))

    @property
    def leash_pid(self) -> int:
        """The process id of the worker's parent: see `sprout.leash`."""
        assert self._process is not None, "The worker was not started."
        return self._process.leash_pid

    @property
    def running(self) -> bool:
        """True if the worker is running."""
        return self._process is not None and self._process.running

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
