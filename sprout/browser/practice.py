"""The check of an exercise in the page, by the check.py that `sprout practice` uses.

The client's process runs the check. It asks the page to start a worker, and sends it
the outcome. The page asks `judge` for the verdict.
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

PATIENCE = 60.0  # seconds to wait for a condition: a page is slower than a terminal
EVENTS = "celeryev.check"


class PageMessages:
    """The messages of the page's broker: `run.Messages` describes the methods."""

    def waiting(self) -> dict[str, list[Message]]:
        """Return the messages that no worker has received, the next one first."""
        waiting = connect().ask("waiting").items()
        return {name: found for name, found in waiting if found and not is_hidden(name)}

    def is_idle(self, queues: list[str]) -> bool:
        """Return whether no message waits in these queues or is unacknowledged."""
        waiting = any(connect().ask("size", queue) for queue in queues)
        return not (waiting or connect().ask("held"))


class PageEvents:
    """The events of the page's workers: `run.Events` describes the methods."""

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
        """Return whether a worker was heard."""
        self._receive(0)
        return self._heard

    def hear(self) -> bool:
        """Ask the worker for a heartbeat; return whether it answered.

        Its earlier events are received by then.
        """
        self._app.control.broadcast("heartbeat")
        self._asked += 1
        end = time.monotonic() + 0.5
        while self._answered < self._asked and (left := end - time.monotonic()) > 0:
            self._receive(left)
        return self._answered >= self._asked

    def _receive(self, seconds: float) -> None:
        """Add the events that have come; wait for the first one for `seconds`."""
        while found := connect().ask("take", [EVENTS], [EVENTS], seconds):
            seconds = 0
            body = body_of(found[1])
            for event in body if isinstance(body, list) else [body]:
                self._heard = self._heard or event["type"].startswith("worker-")
                self._answered += event.get("freq") == ANSWER
                self._spans.add(event)


def check(file: str, post: Callable[[str], None]) -> None:
    """Run a check.py on exercise.py in the working directory.

    `post` sends requests, and at the end the outcome, to the page as JSON.
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
        *(Path(file), answer.read_text("utf-8"), str(answer.absolute())),
        *(PageMessages(), PageEvents(), ask),
        patience=PATIENCE,
    )
    post(json.dumps({"seen": seen}))


def reply_when_ready(key: str) -> None:
    """Let this process's worker reply with its queues when it is ready."""

    def ready(sender: Any, **_: Any) -> None:
        queues = list(sender.app.amqp.queues.consume_from)
        connect().ask("set", key, json.dumps([True, queues]))

    worker_ready.connect(ready, weak=False)


def judge(request: str, spans: list[Span]) -> str:
    """Return a verdict as JSON. `spans` are the tasks of the check so far.

    The request is JSON: the `answer`, the `unsolved` text, whether the exercise is a
    `diagnosis`, and after a check what was `seen`, `printed`, and logged. Instead of
    `seen`, it has `late`, the seconds and what the check waited for, or nothing if the
    client has ended. Without a check, the verdict is null if a check is needed.
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
    return json.dumps(vars(verdict) | {"spans": None})  # the page has the timeline
