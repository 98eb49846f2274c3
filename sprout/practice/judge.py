"""Run the check of an exercise on source code, in separate processes.

>>> with Judge() as judge:
...     judge.check(find("day0/send"), text).kind
<Kind.RIGHT: 'right'>
"""

import contextlib
import importlib.util
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Self

import redis

from sprout import SproutError
from sprout.broker import Broker
from sprout.practice import children
from sprout.practice.exercises import Exercise, is_unchanged
from sprout.practice.run import timed_out
from sprout.practice.verdict import EXITED, Kind, Verdict, broken, conclude
from sprout.spans import Span

LIMIT = 60.0  # time limit of a check, in seconds
POLL = 0.1  # seconds between two calls of `stop`
SETTINGS = re.compile(r'^SETTINGS = "(.+)"', re.MULTILINE)


class Stopped(Exception):
    """The check was stopped before the verdict."""


def never() -> bool:
    """Return False, as the default of `stop`."""
    return False


class Judge:
    """A runner that checks source code in new processes, with an empty broker database.

    Arguments:
        broker: a running broker. By default, the judge starts a broker before the first
            check, and stops it at the end of the `with` block.
        limit: the time limit of a check, in seconds.
    """

    def __init__(self, broker: Broker | None = None, limit: float = LIMIT) -> None:
        self.limit = limit
        self._broker = broker
        self._owns_broker = broker is None
        self._database = 0
        self._ready = False  # True if the fork server has started a process

    def check(
        self, exercise: Exercise, text: str, stop: Callable[[], bool] = never
    ) -> Verdict:
        """Return the verdict on the source code of an exercise.

        Unchanged code is "not attempted". The judge also runs an unchanged broken
        program, so that the verdict can show its behaviour.

        During the check, the judge calls `stop`. If `stop` returns True, the judge ends
        the processes of the check and raises Stopped.
        """
        if not is_unchanged(exercise, text):
            return self.run(exercise, text, stop)
        verdict = Verdict(Kind.NOT_ATTEMPTED)
        if exercise.is_diagnosis:
            verdict = self.run(exercise, text, stop)
            if verdict.kind is not Kind.BROKEN:
                verdict.kind = Kind.NOT_ATTEMPTED
        return verdict

    def run(
        self, exercise: Exercise, text: str, stop: Callable[[], bool] = never
    ) -> Verdict:
        """Return the verdict on source code, even if the code is unchanged."""
        settings = SETTINGS.search((exercise.folder / "check.py").read_text("utf-8"))
        if settings and importlib.util.find_spec("django") is None:
            return Verdict(
                Kind.BROKEN,
                "This exercise needs Django. Run `make setup`.",
                symptom="SPR035",
            )
        try:
            url = self._fresh_database()
        except (SproutError, redis.RedisError) as error:
            return broken(str(error))
        except OSError as error:
            return broken(f"Redis cannot be started: {error}")
        if not text.strip():
            return Verdict(Kind.WRONG, "exercise.py is empty. Press x to restore it.")
        self._wait_for_fork_server(stop)
        with tempfile.TemporaryDirectory(prefix="sprout-practice-") as folder:
            check = _Check(exercise, text, url, settings[1] if settings else "", folder)
            check.stop = stop
            try:
                verdict = check.judge(self.limit)
                with redis.Redis.from_url(url) as client:
                    client.ping()
                return verdict
            except redis.ConnectionError:
                return broken("redis-server ended during the check. Check again.")
            finally:
                check.end()

    def _fresh_database(self) -> str:
        """Empty the next of the 16 databases, and return its URL."""
        if self._owns_broker and not (self._broker and self._broker.running):
            self._broker = Broker().start()
        assert self._broker is not None
        self._database = (self._database + 1) % 16
        url = self._broker.url(self._database)
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url

    def _wait_for_fork_server(self, stop: Callable[[], bool]) -> None:
        """Wait until the fork server has imported Celery.

        The first process is started in a thread, because its start cannot be
        interrupted during the imports. Raises Stopped if `stop` returns True.
        """
        if self._ready:
            return
        thread = threading.Thread(target=start_a_process, daemon=True)
        thread.start()
        while thread.is_alive():
            if stop():
                raise Stopped
            thread.join(POLL)
        self._ready = True

    def __enter__(self) -> Self:
        # Start the fork server now, so that it imports Celery while the reader reads
        # the exercise. The server inherits the ignored SIGINT: Ctrl-C does not stop it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            forkserver.ensure_running()
        finally:
            signal.signal(signal.SIGINT, before)
        return self

    def __exit__(self, *_: object) -> None:
        if self._owns_broker and self._broker is not None:
            self._broker.stop()


def start_a_process() -> None:
    """Start a process that exits immediately, and wait until it has exited."""
    process = children.FORKS.Process(target=never)
    with contextlib.suppress(OSError, EOFError):  # The check will raise the same error.
        process.start()
        process.join()


class _Check:
    """The processes of one check."""

    def __init__(
        self, exercise: Exercise, text: str, url: str, settings: str, folder: str
    ) -> None:
        self.exercise = exercise
        self.text = text
        self.url = url
        self.folder = Path(folder)
        self.logs = {name: self.folder / name for name in ("client.log", "worker.log")}
        (self.folder / "work").mkdir()
        self.stop: Callable[[], bool] = never
        self._settings = settings
        self._workers: list[tuple[Any, Connection]] = []
        self._started: list[tuple[Any, Connection]] = []

    def judge(self, limit: float) -> Verdict:
        """Run the check for at most `limit` seconds, and return the verdict."""
        deadline = time.monotonic() + limit
        waiting_for = "the check to begin"
        process, talk = self._start(
            children.client, "client.log", self.exercise.folder / "check.py"
        )
        while True:
            if not self._wait(process, talk, deadline):
                late = timed_out(limit, waiting_for)
                late.message += " Is there an endless loop?"
                return self._conclude({**vars(late), "spans": self._spans()})
            try:
                kind, *arguments = talk.recv()
            except (EOFError, OSError):
                return self._conclude(EXITED)
            if kind == "done":
                return self._conclude(arguments[0])
            answer: Any = None
            if kind == "waiting":
                waiting_for = arguments[0]
            elif kind == "worker":
                answer = self._start_worker(arguments[0], deadline)
            elif kind == "kill":
                self._kill(self._workers.pop())
            talk.send(answer)

    def _start_worker(self, arguments: list[str], deadline: float) -> tuple[bool, Any]:
        name = f"-n{'abc'[len(self._workers)]}@%h"
        started = self._start(children.worker, "worker.log", [*arguments, name])
        process, talk = started
        self._wait(process, talk, deadline)
        with contextlib.suppress(EOFError, OSError):
            if talk.poll():
                queues = talk.recv()
                self._workers.append(started)
                return True, queues
        lines = self._read("worker.log").strip().splitlines()
        return False, "\n".join(lines[-3:]) or "the worker's log is empty"

    def _wait(self, process: Any, talk: Connection, deadline: float) -> bool:
        """Wait until a process sends a message or exits. Return False on a timeout.

        Raises Stopped if `stop` returns True.
        """
        while (left := deadline - time.monotonic()) > 0:
            if self.stop():
                raise Stopped
            if wait([talk, process.sentinel], min(left, POLL)):
                return True
        return False

    def _start(self, target: Any, log: str, argument: Any) -> tuple[Any, Connection]:
        """Start a process. Return the process and the pipe for its messages."""
        life, its_life = children.FORKS.Pipe()
        talk, its_talk = children.FORKS.Pipe()
        surroundings = (
            *(self.url, self._settings, str(self.exercise.folder)),
            *(self.folder / "work", str(self.logs[log])),
        )
        process = children.FORKS.Process(
            target=target,
            args=(
                *(its_life, its_talk, self.text, str(self.exercise.work)),
                *(argument, surroundings),
            ),
        )
        process.start()
        its_life.close()
        its_talk.close()
        self._started.append((process, life))
        return process, talk

    def _spans(self) -> list[Span]:
        """Return the client's spans, or [] if no answer arrives within a second."""
        _, life = self._started[0]
        with contextlib.suppress(EOFError, OSError):
            life.send("spans")
            if life.poll(1):
                return list(life.recv())
        return []

    def _conclude(self, seen: dict[str, Any]) -> Verdict:
        return conclude(seen, self._read("client.log"), self._read("worker.log"))

    def _read(self, name: str) -> str:
        path = self.logs[name]
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _kill(self, started: tuple[Any, Connection]) -> None:
        process, life = started
        if process.is_alive():
            # Kill the process group, which includes the pool processes. If the group
            # does not exist yet, kill the process.
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(process.pid, signal.SIGKILL)
        process.join(10)
        life.close()

    def end(self) -> None:
        """Kill every process of the check, and wait until all have exited."""
        for started in self._started:
            self._kill(started)
