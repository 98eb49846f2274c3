"""Spans: the life of each task, from Celery's events.

>>> spans = Spans()
>>> for event in events:  # dicts, as a worker sends them
...     spans.add(event)
>>> [(span.label, span.state) for span in spans.in_order()]
[('add', 'SUCCESS')]

The module imports only the standard library, so that it also runs in a web page.
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
    """A try of a task. Times are seconds since the epoch, or None if not yet known.

    Between `received` and `started`, the try waited for a free process or for its ETA.
    """

    received: float
    started: float | None = None
    ended: float | None = None
    state: str = "RECEIVED"
    worker: str = ""


@dataclass
class Span:
    """The life of one task, from its first receipt by a worker to its last try."""

    id: str
    name: str
    arguments: str
    result: str = ""
    tries: list[Try] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The name of the task without its module, such as "add"."""
        return self.name.rpartition(".")[2]

    @property
    def state(self) -> str:
        """The state of the last try: RECEIVED, STARTED, SUCCESS, FAILURE ..."""
        return self.tries[-1].state

    @property
    def finished(self) -> bool:
        """True if the task has ended."""
        return self.state in {*ENDS.values(), LOST} - {"RETRY"}

    @property
    def begin(self) -> float:
        """The time at which a worker first received the task."""
        return self.tries[0].received

    @property
    def end(self) -> float:
        """The time of the task's last event."""
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
        """Add one task event. Ignore `task-sent` and the events of workers."""
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
                return  # The task was received before the recording.
            # The events of an unregistered task include no task-received.
            span = self.by_id[task_id] = Span(task_id, UNKNOWN, "")
            span.tries.append(Try(received=when))
        # The worker receives a retry, with its ETA, before the previous try has ended.
        # Each event therefore belongs to the oldest try without such an event. A task
        # killed by a time limit has two failure events. Ignore the second event.
        running = [attempt for attempt in span.tries if attempt.ended is None]
        if kind == "task-started":
            waiting = [attempt for attempt in running if attempt.started is None]
            if waiting:
                waiting[0].started, waiting[0].state = when, "STARTED"
        elif kind in ENDS and running:
            running[0].ended, running[0].state = when, ENDS[kind]
            span.result = event.get("result") or event.get("exception") or ""

    def kill(self, worker: str, when: float, kept: Container[str]) -> None:
        """Record that a worker was killed, and end its open tries.

        `kept` contains the ids of the tasks with a message in the broker. The broker
        redelivers these messages. Other tasks are lost, because the worker had
        acknowledged their messages.
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
    """Return the arguments of a call as source code.

    Events contain the repr of the positional and keyword arguments, shortened if long.

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
        return raw  # Python cannot parse most shortened reprs.
    call = ", ".join(positional + named)
    return raw if "Ellipsis" in call else call  # A repr's `...` parses as Ellipsis.
