"""The page's first process, which runs the broker and draws the timeline.

Like other Celery monitors, the process consumes the events from its own queue.
"""

import json
import time

from sprout import timeline
from sprout.browser.broker import Broker, Message, body_of
from sprout.browser.server import Server
from sprout.spans import Spans

EVENTS = "sprout.events"  # the queue of the monitor
HIDDEN = (EVENTS, "celeryev.", "celery.pidbox")  # events and remote control


class Monitor:
    """A broker, its server, and the spans of the tasks.

    `revision` increases with each event that can change the page: each request, and the
    end of each process.
    """

    def __init__(self) -> None:
        self.server = Server(Broker())
        self.revision = 0
        self.clear()

    def clear(self) -> None:
        """Replace the broker and the spans with empty ones."""
        self.spans = Spans()
        self.server.broker = broker = Broker()
        broker.declare(EVENTS)
        broker.exchange("celeryev", "topic")
        broker.bind("celeryev", "#", "^.*?$", EVENTS)

    async def answer(self, request: str) -> str:
        """Respond to a request of another process."""
        answer = await self.server.answer(request)
        self.revision += 1
        return answer

    def release(self, process: str, worker: str = "") -> int:
        """Record the end of a process. Return the number of its requeued messages.

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

    def reply(self, key: str, text: str) -> None:
        """Set a value that a process waits for, unless the key already has a value."""
        self.server.set_once(key, text)

    def judge(self, request: str) -> str:
        """Return the verdict on an exercise: see `sprout.browser.practice.judge`."""
        from sprout.browser.practice import judge  # for a fast start of the page

        self.hear()
        return judge(request, self.spans.in_order())

    def interrupt(self, process: str) -> None:
        """Send Ctrl-C to a process."""
        self.server.interrupt(process)

    def hear(self) -> None:
        """Consume the waiting events and add them to the spans."""
        while found := self.server.broker.take("monitor", [EVENTS], [EVENTS]):
            body = body_of(found[1])
            for event in body if isinstance(body, list) else [body]:
                self.spans.add(event)

    def draw(self) -> str:
        """Return the timeline as SVG, including the waiting events."""
        self.hear()
        return timeline.svg(self.spans.in_order())

    def forget(self) -> None:
        """Discard all spans, so that a new timeline begins."""
        self.hear()
        self.spans = Spans()

    def messages(self) -> str:
        """Return the broker's queues as JSON.

        Each queue has a `name`, its `waiting` messages, and its unacknowledged
        messages as `held`. The queues for events and remote control are omitted.
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
            if not is_hidden(name)
        ]
        return json.dumps(queues)


def is_hidden(queue: str) -> bool:
    """Return True if a queue contains events or remote control commands."""
    return any(hidden in queue for hidden in HIDDEN)


def describe(message: Message) -> dict[str, str]:
    """Return the title of a message on the page, and the message as indented JSON."""
    headers = message.get("headers") or {}
    name = headers.get("task", "control command")
    title = f"{name} {headers.get('id', '')}".strip()
    shown = message | {"body": body_of(message)}
    return {"title": title, "message": json.dumps(shown, indent=2)}
