"""The argument of a check: the reader's module, the workers and their events.

A check is a function with a `Run` as its argument, and raises `Wrong` for a wrong
answer, usually with `require`:

    def check(run):
        run.call(run.function("send_welcome"), "anna@example.org")
        run.settle()
        mails = run.named("send_mail")
        run.require(mails, "No mail was sent.", expected="one task", seen="no task")
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, Protocol
from unittest import mock

from celery import Celery, Task
from celery.result import AsyncResult, ResultSet

from sprout import SproutError
from sprout.browser.broker import body_of
from sprout.practice.verdict import NOT_JSON
from sprout.spans import Span

PATIENCE = 15.0  # seconds to wait for a condition


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


class Events(Protocol):
    """The events of the workers, from a recorder or in a page."""

    @property
    def spans(self) -> dict[str, Span]:
        """The spans so far, by task id."""

    def heard(self) -> bool:
        """Return True if a worker has sent a worker event, such as a heartbeat."""

    def hear(self) -> bool:
        """Ask the workers for a heartbeat. Return True if a worker answered."""


class Messages(Protocol):
    """The messages of a broker, which is Redis or the broker of a page."""

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        """Return the queued messages by queue, in order of delivery."""

    def is_idle(self, queues: list[str]) -> bool:
        """Return True if these queues are empty and all messages are acknowledged."""


class Run:
    """A check of an exercise, with its own broker, which is empty at the start.

    `module` is the reader's file, imported in the client's process. For the other
    arguments, see `sprout.practice.checking.run_check`.
    """

    def __init__(
        self,
        module: ModuleType,
        messages: Messages,
        recorder: Events,
        ask: Callable[..., Any],
        patience: float = PATIENCE,
    ) -> None:
        self.module = module
        self.messages = messages
        self.recorder = recorder
        self.folder = Path.cwd()
        self.queues: list[str] = []
        self.patience = patience
        self._ask = ask
        self._solo = True

    # The reader's code

    def get(self, name: str) -> Any:
        """Return the object `name` of the reader's file. Raise Wrong if missing."""
        if not hasattr(self.module, name):
            raise Wrong(
                f"exercise.py does not define `{name}`.", f"`{name}`", "no such name"
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
        """Return the task with this name. Raise Wrong if it is not a task."""
        found = self.get(name)
        self.require(
            isinstance(found, Task),
            f"`{name}` is not a task.",
            f"{name} has the decorator @app.task",
            f"{name} is a plain {type(found).__name__}",
        )
        return found

    def function(self, name: str) -> Callable[..., Any]:
        """Return the plain function with this name. Raise Wrong for anything else."""
        found = self.get(name)
        self.require(
            callable(found) and not isinstance(found, Task),
            f"`{name}` is not a plain function.",
            f"{name} is a plain function",
            f"{name} is a task" if isinstance(found, Task) else f"{found!r}",
        )
        return found  # type: ignore[no-any-return]

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the reader's function. Raise Wrong if the function raises an error."""
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
        """Raise Wrong with this message if the `with` block waits for a result."""

        def refuse(*_: object, **__: object) -> NoReturn:
            raise Wrong(message, "the client does not wait", "the client waits")

        with ExitStack() as patches:
            for kind in (AsyncResult, ResultSet):
                for method in ("get", "wait", "join", "join_native"):
                    if hasattr(kind, method):
                        patches.enter_context(mock.patch.object(kind, method, refuse))
            yield

    # The workers

    def worker(self, *options: str, pool: str = "solo", expect: bool = True) -> bool:
        """Start `celery -A exercise worker OPTIONS`, and wait for the worker.

        Returns True if the worker is ready. Otherwise raises Wrong or, if `expect` is
        False, returns False.
        """
        self._solo = self._solo and pool == "solo"
        self._ask("waiting", "the worker to start")
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
        """Kill the last worker and its pool processes with SIGKILL."""
        self._ask("kill")

    # Events and messages

    @property
    def spans(self) -> list[Span]:
        """The spans of all tasks so far, in order of receipt."""
        spans = list(self.recorder.spans.values())
        return sorted(spans, key=lambda span: span.begin)

    def named(self, label: str) -> list[Span]:
        """Return the spans of the tasks with this function name."""
        return [span for span in self.spans if span.label == label]

    def result(self, id: str) -> AsyncResult:
        """Return the AsyncResult of a task."""
        return self.app.AsyncResult(id)

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        """Return the queued messages: a list of headers for each queue.

        Each dict of headers also contains "args" and "kwargs".
        """
        waiting = self.messages.waiting().items()
        return {queue: [*map(headers, messages)] for queue, messages in waiting}

    def settle(self, timeout: float | None = None) -> list[Span]:
        """Wait until the workers are idle. Return the spans in order of receipt.

        Ignores messages in queues without a worker. Raises Wrong after `timeout`
        seconds, or by default after `patience` seconds.
        """
        self.until(self._is_quiet, "every task to end", timeout)
        return self.spans

    def _is_quiet(self) -> bool:
        """Return True if no messages are queued and no tasks are running."""

        def running() -> bool:
            return not all(span.finished for span in self.recorder.spans.values())

        count = len(self.recorder.spans)
        idle = self.messages.is_idle
        if not (idle(self.queues) and self.recorder.hear() and idle(self.queues)):
            return False
        # A task sends no end event if its on_failure() raises an error. A solo worker
        # answers only between tasks, so such a task has ended after three answers.
        if running() and not (
            self._solo and self.recorder.hear() and self.recorder.hear()
        ):
            return False
        return count == len(self.recorder.spans)

    def until(
        self, condition: Callable[[], Any], what: str, timeout: float | None = None
    ) -> Any:
        """Poll a condition until it is true, and return its value.

        Raises Wrong after `timeout` seconds, or by default after `patience` seconds.
        """
        timeout = self.patience if timeout is None else timeout
        self._ask("waiting", what)
        deadline = time.monotonic() + timeout
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise timed_out(timeout, what)
            time.sleep(0.02)
        return answer

    # Assertions

    def require(
        self, fact: object, message: str, expected: str = "", seen: str = ""
    ) -> None:
        """Raise Wrong with this message unless `fact` is true."""
        if not fact:
            self.wrong(message, expected, seen)

    def only(self, label: str) -> Span:
        """Return the span of a task. Raise Wrong unless it was sent exactly once."""
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
    """Return a Wrong error for a timeout."""
    message = f"After {seconds:.0f} s, Sprout stopped waiting for {what}."
    return Wrong(message, waited_for=what)


def headers(message: dict[str, Any]) -> dict[str, Any]:
    """Return the headers of a message in Kombu's format, with the task's arguments.

    Raises Wrong if the message is not JSON.
    """
    if message["content-type"] != "application/json":
        raise Wrong(NOT_JSON, "application/json", message["content-type"])
    args, kwargs, _ = body_of(message)
    return {**message["headers"], "args": args, "kwargs": kwargs}


def overlap(one: Span, other: Span) -> bool:
    """Return True if two tasks ran at the same time."""
    first, second = one.tries[-1], other.tries[-1]
    return (first.started or 0) < second.ended and (second.started or 0) < first.ended  # type: ignore[operator]


def states(spans: list[Span]) -> str:
    """Return the states as one line: "add SUCCESS, total FAILURE"."""
    return ", ".join(f"{span.label} {span.state}" for span in spans) or "no task"
