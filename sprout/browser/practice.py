"""Check an exercise in the page with the same check.py as `sprout practice`.

The client's process runs the check, requests workers from the page, and sends the
outcome to the page. The page calls `judge` for the verdict.
"""

import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from sprout.browser.broker import Message, body_of
from sprout.browser.link import LONGEST, connect
from sprout.browser.monitor import is_hidden
from sprout.practice.checking import run_check
from sprout.practice.run import timed_out
from sprout.practice.verdict import EXITED, Kind, conclude, is_same_code
from sprout.recorder import ANSWER
from sprout.spans import Span, Spans

PATIENCE = 60.0  # seconds to wait for a condition, because a page is slow
EVENTS = "celeryev.check"


class PageMessages:
    """The messages of the page's broker, as a `run.Messages`."""

    def waiting(self) -> dict[str, list[Message]]:
        """Return the queued messages by queue, in order of delivery."""
        waiting = connect().ask("waiting").items()
        return {name: found for name, found in waiting if found and not is_hidden(name)}

    def is_idle(self, queues: list[str]) -> bool:
        """Return True if these queues are empty and all messages are acknowledged."""
        waiting = any(connect().ask("size", queue) for queue in queues)
        return not (waiting or connect().ask("held"))


class PageEvents:
    """The events of the page's workers, as a `run.Events`."""

    def __init__(self) -> None:
        self._app = Celery(set_as_current=False)
        self._spans = Spans()
        self._heard = False
        self._asked = self._answered = 0
        link = connect()
        link.ask("declare", EVENTS, link.process)
        link.ask("exchange", "celeryev", "topic")
        link.ask("bind", "celeryev", "#", "^.*?$", EVENTS)

    @property
    def spans(self) -> dict[str, Span]:
        """The spans so far, by task id."""
        self._receive(0)
        return self._spans.by_id

    def heard(self) -> bool:
        """Return True if a worker has sent a worker event, such as a heartbeat."""
        self._receive(0)
        return self._heard

    def hear(self) -> bool:
        """Ask the workers for a heartbeat. Return True if a worker answered.

        Waits up to 0.5 s. The answer arrives after the earlier events of the worker.
        """
        self._app.control.broadcast("heartbeat")
        self._asked += 1
        end = time.monotonic() + 0.5
        while self._answered < self._asked and (left := end - time.monotonic()) > 0:
            self._receive(left)
        return self._answered >= self._asked

    def _receive(self, seconds: float) -> None:
        """Add the waiting events. Wait up to `seconds` if there are none."""
        while found := connect().ask("take", [EVENTS], [EVENTS], seconds):
            seconds = 0
            body = body_of(found[1])
            for event in body if isinstance(body, list) else [body]:
                self._heard = self._heard or event["type"].startswith("worker-")
                self._answered += event.get("freq") == ANSWER
                self._spans.add(event)


def check(file: str, post: Callable[[str], None]) -> None:
    """Run a check.py on exercise.py in the working directory.

    `post` sends JSON to the page: each request and, at the end, the outcome.
    """
    numbers = itertools.count(1)

    def ask(kind: str, *arguments: Any) -> Any:
        key = f"sprout.reply.{connect().process}.{next(numbers)}"
        post(json.dumps({"ask": kind, "arguments": arguments, "reply": key}))
        if kind == "waiting":
            return None
        while (answer := connect().ask("wait", key, None, LONGEST)) is None:
            pass
        return json.loads(answer)

    answer = Path("exercise.py")
    seen = run_check(
        check=Path(file),
        text=answer.read_text("utf-8"),
        path=str(answer.absolute()),
        messages=PageMessages(),
        recorder=PageEvents(),
        ask=ask,
        patience=PATIENCE,
    )
    post(json.dumps({"seen": seen}))


def reply_when_ready(key: str) -> None:
    """Store the queues of this process's worker under `key` when it is ready."""

    def ready(sender: Any, **_: Any) -> None:
        queues = list(sender.app.amqp.queues.consume_from)
        connect().ask("set", key, json.dumps([True, queues]))

    worker_ready.connect(ready, weak=False)


def judge(request: str, spans: list[Span]) -> str:
    """Return a verdict as JSON, or null if a check is needed first.

    Arguments:
        request: JSON with the `answer`, the `unsolved` text, and `diagnosis`, which is
            true for a broken program. After a check, also `printed` and `log`, and
            either the outcome as `seen` or, after a timeout, the seconds and the
            missing event as `late`. An exited client has neither.
        spans: the tasks of the check so far.
    """
    given = json.loads(request)
    unchanged = is_same_code(given["answer"], given["unsolved"])
    if "log" not in given:
        if not given["answer"].strip():
            message = "exercise.py is empty. Press Reset to restore it."
            return json.dumps({"kind": Kind.WRONG, "message": message})
        unattempted = unchanged and not given["diagnosis"]
        return json.dumps({"kind": Kind.NOT_ATTEMPTED} if unattempted else None)
    seen = given.get("seen", EXITED)
    if late := given.get("late"):
        seen = vars(timed_out(*late))
        seen["message"] += " Is there an endless loop?"
    verdict = conclude(seen | {"spans": spans}, given["printed"], given["log"])
    if unchanged and verdict.kind is not Kind.BROKEN:
        verdict.kind = Kind.NOT_ATTEMPTED
    return json.dumps(vars(verdict) | {"spans": None})  # the page has a timeline
