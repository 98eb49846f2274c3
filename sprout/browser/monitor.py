"""The first process of the page, which runs the broker and draws the timeline.

Like any monitor, the process consumes Celery's events from its own queue.
"""

import base64
import json
import time
from typing import Any

from sprout import timeline
from sprout.browser.broker import Broker, Message
from sprout.browser.server import Server
from sprout.spans import Spans

EVENTS = "sprout.events"  # the queue of the monitor
HIDDEN = (EVENTS, "celeryev.", "celery.pidbox")  # events and remote control


class Monitor:
    """A broker, its server, and the spans of the tasks.

    `revision` increases with each request that can change the contents of the page.
    """

    def __init__(self) -> None:
        self.server = Server(Broker())
        self.spans = Spans()
        self.revision = 0
        broker = self.server.broker
        broker.declare(EVENTS)
        broker.exchange("celeryev", "topic")
        broker.bind("celeryev", "#", "^.*?$", EVENTS)

    async def answer(self, request: str) -> str:
        """Answer a request of another process."""
        answer = await self.server.answer(request)
        self.revision += 1
        return answer

    def release(self, process: str, worker: str = "") -> int:
        """Record the end of a process. Return the number of its messages.

        `worker` is the host name of the process if it was a worker.
        """
        self.revision += 1
        count = self.server.release(process)
        self.hear()
        self.spans.kill(worker, time.time(), self.kept())
        return count

    def kept(self) -> set[str]:
        """Return the ids of the tasks with a message in the broker."""
        waiting = self.server.broker.waiting().values()
        messages = [message for queue in waiting for message in queue]
        messages += [message for _, _, message in self.server.broker.held()]
        return {(each.get("headers") or {}).get("id", "") for each in messages}

    def interrupt(self, process: str) -> None:
        """Send Ctrl-C to a process."""
        self.server.interrupt(process)

    def hear(self) -> None:
        """Add the newest events to the spans."""
        while found := self.server.broker.take("monitor", [EVENTS], [EVENTS]):
            body = body_of(found[1])
            for event in body if isinstance(body, list) else [body]:
                self.spans.add(event)

    def draw(self) -> str:
        """Return the timeline as SVG, including the newest events."""
        self.hear()
        return timeline.svg(self.spans.in_order())

    def forget(self) -> None:
        """Start a new timeline."""
        self.hear()
        self.spans = Spans()

    def messages(self) -> str:
        """Return the broker's queues as JSON.

        Each queue has a `name`, its `waiting` messages, and its unacknowledged
        messages as `held`.
        """
        broker = self.server.broker
        held = broker.held()
        queues = [
            {
                "name": name,
                "waiting": [describe(message) for message in waiting],
                "held": [
                    {"process": process} | describe(message)
                    for process, queue, message in held
                    if queue == name
                ],
            }
            for name, waiting in broker.waiting().items()
            if not any(hidden in name for hidden in HIDDEN)
        ]
        return json.dumps(queues)


def body_of(message: Message) -> Any:
    """Return the decoded body of a message."""
    body = message["body"]
    if message["properties"].get("body_encoding") == "base64":
        body = base64.b64decode(body)
    return json.loads(body)


def describe(message: Message) -> dict[str, str]:
    """Return the message and the line that represents the message on the page."""
    headers = message.get("headers") or {}
    name = headers.get("task", "control command")
    title = f"{name} {headers.get('id', '')}".strip()
    shown = message | {"body": body_of(message)}
    return {"title": title, "message": json.dumps(shown, indent=2)}
