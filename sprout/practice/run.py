"""What a check.py works with: the reader's module, the workers, and what happened.

A check is a function that gets a `Run` and raises `Wrong`, mostly through `require`:

    def check(run):
        run.call(run.function("send_welcome"), "anna@example.org")
        run.settle()
        mails = run.named("send_mail")
        run.require(mails, "No mail was sent.", expected="one task", seen="no task")
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn
from unittest import mock

import redis
from celery import Celery, Task
from celery.result import AsyncResult, ResultSet

from sprout import SproutError
from sprout.recorder import Recorder
from sprout.spans import Span

PATIENCE = 15.0  # seconds that a condition has to become true


class Wrong(SproutError):
    """The reader's answer is wrong."""

    def __init__(
        self, message: str, expected: str = "", seen: str = "", waited_for: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.seen = seen
        self.waited_for = waited_for


class Run:
    """One check of one text, on a broker database of its own.

    Arguments:
        module: the reader's file, imported as the client imports it.
        url: the broker and result backend.
        recorder: a started recorder of that broker.
        ask: sends the runner a request and returns its answer.
    """

    def __init__(
        self,
        module: ModuleType,
        url: str,
        recorder: Recorder,
        ask: Callable[..., Any],
    ) -> None:
        self.module = module
        self.url = url
        self.recorder = recorder
        self.redis: Any = redis.Redis.from_url(url, decode_responses=True)
        self.folder = Path.cwd()
        self.queues: list[str] = []
        self._ask = ask
        self._solo = True

    # The reader's code

    def get(self, name: str) -> Any:
        """Return what the reader's file calls `name`; it is wrong without it."""
        if not hasattr(self.module, name):
            raise Wrong(
                f"exercise.py defines no `{name}`.", f"`{name}`", "no such name"
            )
        return getattr(self.module, name)

    @property
    def app(self) -> Celery:
        """The reader's app."""
        found = self.get("app")
        self.require(
            isinstance(found, Celery),
            "`app` is not a Celery app.",
            "app = Celery(...)",
            f"app is a {type(found).__name__}",
        )
        return found

    def task(self, name: str) -> Task:
        """Return the task of that name; it is wrong if it is none."""
        found = self.get(name)
        self.require(
            isinstance(found, Task),
            f"`{name}` is not a task.",
            f"{name} has the decorator @app.task",
            f"{name} is a plain {type(found).__name__}",
        )
        return found

    def function(self, name: str) -> Callable[..., Any]:
        """Return the function of that name; it is wrong if it is none."""
        found = self.get(name)
        self.require(
            callable(found) and not isinstance(found, Task),
            f"`{name}` is not a function of the client.",
            f"{name} is a plain function",
            f"{name} is a task" if isinstance(found, Task) else f"{found!r}",
        )
        return found  # type: ignore[no-any-return]

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what the reader's function returns; it is wrong if it raises."""
        name = getattr(function, "__name__", None) or getattr(function, "name", "it")
        self._ask("waiting", f"{name}() to return")
        try:
            return function(*args, **kwargs)
        except Wrong:
            raise
        except Exception as error:
            raise Wrong(
                f"{name}() raised {type(error).__name__}.",
                f"{name}() returns",
                f"{type(error).__name__}: {error}",
            ) from error

    @contextmanager
    def no_waiting(self, message: str) -> Iterator[None]:
        """Make it wrong, with this message, to wait for a result in the block."""

        def refuse(*_: object, **__: object) -> NoReturn:
            raise Wrong(message, "the client goes on at once", "it calls get()")

        with ExitStack() as patches:
            for kind in (AsyncResult, ResultSet):
                for method in ("get", "wait", "join", "join_native"):
                    if hasattr(kind, method):
                        patches.enter_context(mock.patch.object(kind, method, refuse))
            yield

    # The workers

    def worker(self, *options: str, pool: str = "solo", expect: bool = True) -> bool:
        """Start `celery -A exercise worker OPTIONS`, and wait until it is ready.

        It is wrong if the worker does not start; without `expect`, return False then.
        """
        self._solo = self._solo and pool == "solo"
        self._ask("waiting", "the worker to be ready")
        ready, answer = self._ask("worker", ["-P", pool, *options])
        if ready:
            self.queues += answer
            self.until(
                lambda: self.recorder.heard() or self.recorder.hear(),
                "the first event of the worker",
            )
        elif expect:
            found = re.search(r"No module named '[^']+'", answer)
            reason = f": {found[0]}" if found else ""
            message = f"The worker does not start{reason}."
            raise Wrong(message, "a worker that is ready", answer)
        return bool(ready)

    def kill_worker(self) -> None:
        """Kill the last worker and its pool processes, as a power failure would."""
        self._ask("kill")

    # What happened

    @property
    def spans(self) -> list[Span]:
        """What happened to each task until now, in order of receipt."""
        spans = list(self.recorder.spans.values())
        return sorted(spans, key=lambda span: span.begin)

    def named(self, label: str) -> list[Span]:
        """Return the spans of one task, by its function's name."""
        return [span for span in self.spans if span.label == label]

    def result(self, id: str) -> AsyncResult:
        """Return the stored result of a task."""
        return self.app.AsyncResult(id)

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        """Return the messages that no worker has taken: queue -> headers of each.

        The headers have "args" and "kwargs" added.
        """
        prefix = "_kombu.binding."
        names = {
            binding.rpartition("\x06\x16")[2]
            for key in self.redis.scan_iter(f"{prefix}*")
            for binding in self.redis.smembers(key)
        }
        found = {}
        for queue in sorted(names):
            if self.redis.type(queue) == "list":
                raw = self.redis.lrange(queue, 0, -1)
                found[queue] = [headers(text) for text in reversed(raw)]
        return found

    def settle(self, timeout: float = PATIENCE) -> list[Span]:
        """Wait until the workers have nothing more to do; return the spans in order.

        Messages in queues that no worker reads are left where they are.
        """
        self.until(self._is_quiet, "every task to end", timeout)
        return self.spans

    def _is_quiet(self) -> bool:
        """Return whether no message waits and no task runs."""

        def idle() -> bool:
            waiting = any(self.redis.llen(queue) for queue in self.queues)
            return not (waiting or self.redis.hlen("unacked"))

        def running() -> bool:
            return not all(span.finished for span in self.recorder.spans.values())

        count = len(self.recorder.spans)
        if not (idle() and self.recorder.hear() and idle()):
            return False
        # A solo worker answers between tasks. If it has answered three times, the task
        # has ended, though no event said so: its on_failure raised an error.
        if running() and not (
            self._solo and self.recorder.hear() and self.recorder.hear()
        ):
            return False
        return count == len(self.recorder.spans)

    def until(
        self, condition: Callable[[], Any], what: str, timeout: float = PATIENCE
    ) -> Any:
        """Poll a condition; return its first true answer.

        It is wrong, and a time-out, if it is not true within `timeout` seconds.
        """
        self._ask("waiting", what)
        deadline = time.monotonic() + timeout
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise timed_out(timeout, what)
            time.sleep(0.02)
        return answer

    # The judgement

    def require(
        self, fact: object, message: str, expected: str = "", seen: str = ""
    ) -> None:
        """Raise Wrong with the message unless the fact is true."""
        if not fact:
            self.wrong(message, expected, seen)

    def only(self, label: str) -> Span:
        """Return the span of a task that must have been sent exactly once."""
        spans = self.named(label)
        seen = states(self.spans)
        self.require(spans, f"{label} was not sent.", f"{label} once", seen)
        self.require(
            len(spans) == 1,
            f"{label} was sent more than once.",
            f"{label} once",
            seen,
        )
        return spans[0]

    def succeeded(self, *spans: Span) -> None:
        """Raise Wrong unless all of these tasks have succeeded."""
        for span in spans:
            self.require(
                span.state == "SUCCESS",
                f"{span.label} failed.",
                f"{span.label} SUCCESS",
                f"{span.label} {span.state}: {self.result(span.id).result!r}",
            )

    def equal(self, seen: object, expected: object, message: str) -> None:
        """Raise Wrong with the message unless two values are equal."""
        self.require(seen == expected, message, f"{expected!r}", f"{seen!r}")

    def wrong(self, message: str, expected: str = "", seen: str = "") -> NoReturn:
        """Raise Wrong."""
        raise Wrong(message, expected, seen)


def timed_out(seconds: float, what: str) -> Wrong:
    """Return the verdict of a check that waited in vain."""
    return Wrong(f"Time-out: waited {seconds:.0f} s for {what}.", waited_for=what)


def headers(text: str) -> dict[str, Any]:
    """Return the headers of a message on Redis, with its arguments."""
    message = json.loads(text)
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    return {**message["headers"], "args": args, "kwargs": kwargs}


def overlap(one: Span, other: Span) -> bool:
    """Return whether two tasks ran at the same time."""
    first, second = one.tries[-1], other.tries[-1]
    return (first.started or 0) < second.ended and (second.started or 0) < first.ended  # type: ignore[operator]


def states(spans: list[Span]) -> str:
    """Return the spans in a line: "add SUCCESS, total FAILURE"."""
    return ", ".join(f"{span.label} {span.state}" for span in spans) or "no task"
