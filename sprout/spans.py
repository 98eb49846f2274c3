"""Spans: the life of each task, built from Celery's events.

>>> spans = Spans()
>>> for event in events:  # dicts, as a worker sends them
...     spans.add(event)
>>> [(span.label, span.state) for span in spans.in_order()]
[('add', 'SUCCESS')]

Needs only Python, so that it also runs in a web page.
"""

import ast
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

ENDS = {
    "task-succeeded": "SUCCESS",
    "task-failed": "FAILURE",
    "task-revoked": "REVOKED",
    "task-rejected": "REJECTED",
    "task-retried": "RETRY",
}
# The states of a try whose worker was killed. Celery has no such states.
LOST, REDELIVERED = "LOST", "REDELIVERED"

UNKNOWN = "(unknown task)"


@dataclass
class Try:
    """One try of a task: times in seconds since the epoch, None if not yet known.

    Between `received` and `started` it waited for a free process or, as a retry, for
    its start time.
    """

    received: float
    started: float | None = None
    ended: float | None = None
    state: str = "RECEIVED"
    worker: str = ""


@dataclass
class Span:
    """The life of one task, from its first receipt by a worker.

    A retried task has several tries; the span's state is that of the last.
    """

    id: str
    name: str
    arguments: str
    result: str = ""
    tries: list[Try] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The task's name without its package: "add"."""
        return self.name.rpartition(".")[2]

    @property
    def state(self) -> str:
        """Celery's name for its state: RECEIVED, STARTED, SUCCESS, FAILURE ..."""
        return self.tries[-1].state

    @property
    def finished(self) -> bool:
        """Whether the task has ended."""
        return self.state in {*ENDS.values(), LOST} - {"RETRY"}

    @property
    def begin(self) -> float:
        """When a worker first received it."""
        return self.tries[0].received

    @property
    def end(self) -> float:
        """The time of its last event."""
        last = self.tries[-1]
        return last.ended or last.started or last.received


class Spans:
    """The spans of all tasks whose events were added."""

    def __init__(self) -> None:
        self.by_id: dict[str, Span] = {}

    def in_order(self) -> list[Span]:
        """Return the spans in order of receipt."""
        return sorted(self.by_id.values(), key=lambda span: span.begin)

    def add(self, event: dict[str, Any]) -> None:
        """Add one event; events of other kinds change nothing."""
        kind = event["type"]
        if not kind.startswith("task-") or kind == "task-sent":
            return
        when, task_id = event["timestamp"], event["uuid"]
        if kind == "task-received":
            arguments = readable(event["args"], event["kwargs"])
            new = Span(task_id, event["name"], arguments)
            attempt = Try(received=when, worker=event.get("hostname", ""))
            self.by_id.setdefault(task_id, new).tries.append(attempt)
            return
        span = self.by_id.get(task_id)
        if span is None:
            if not event.get("exception", "").startswith("NotRegistered("):
                return  # it started before the recorder
            # The worker does not know the task: it fails without being received.
            span = self.by_id[task_id] = Span(task_id, UNKNOWN, "")
            span.tries.append(Try(received=when))
        # A retry is received, with its start time, before the previous try has ended.
        # So each event belongs to the oldest try without it. There may be none: a task
        # that a time limit kills has two failure events.
        running = [attempt for attempt in span.tries if attempt.ended is None]
        if kind == "task-started":
            waiting = [attempt for attempt in running if attempt.started is None]
            if waiting:
                waiting[0].started, waiting[0].state = when, "STARTED"
        elif kind in ENDS and running:
            running[0].ended, running[0].state = when, ENDS[kind]
            span.result = event.get("result") or event.get("exception") or ""

    def kill(self, worker: str, when: float, kept: Container[str]) -> None:
        """Record that a worker was killed: its open tries end.

        A task is redelivered if `kept`, the ids of the broker's messages, has its id.
        Otherwise it is lost: the worker had acknowledged its message.
        """
        for span in self.by_id.values():
            for attempt in span.tries:
                if attempt.worker != worker or attempt.ended is not None:
                    continue
                attempt.ended, attempt.state = when, REDELIVERED
                span.result = "back in the queue"
                if span.id not in kept and attempt is span.tries[-1]:
                    attempt.state, span.result = LOST, "lost: worker killed"


def readable(args: str, kwargs: str) -> str:
    """Return a call's arguments as source code.

    Events carry them as the repr of a list and of a dict, shortened if they are long.

    >>> readable("[4, 2]", "{'scale': 3}")
    '4, 2, scale=3'
    """
    raw = f"{args}, {kwargs}"
    try:
        positional = [repr(value) for value in ast.literal_eval(args)]
        named = [
            f"{name}={value!r}" for name, value in ast.literal_eval(kwargs).items()
        ]
    except (ValueError, SyntaxError, TypeError, AttributeError):
        return raw  # shortened, so it is not valid Python
    call = ", ".join(positional + named)
    return raw if "Ellipsis" in call else call  # `...` is valid Python
