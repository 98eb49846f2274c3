"""The state of the broker: queues, bindings, unacknowledged messages and values.

>>> broker = Broker()
>>> broker.put("celery", {"properties": {"delivery_tag": "1", "delivery_info": {}}})
>>> broker.take("worker1", ["celery"])[0], broker.size("celery")
('celery', 0)
>>> broker.release("worker1")  # the worker was killed
1
>>> broker.size("celery")
1

Arguments and return values are JSON, so that other processes can call the methods. No
method blocks. The server waits for messages: see server.py.
"""

import base64
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

Message = dict[str, Any]
Binding = tuple[str, str | None, str]  # routing key, pattern of the key, queue


class Broker:
    """An in-memory broker: queues of messages, and values by key.

    Each process takes messages under its own name. `release()` returns the
    unacknowledged messages of a process to the front of their queues.

    Arguments:
        clock: a function that returns the time in seconds, for the expiry of values.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._queues: dict[str, deque[Message]] = {}
        self._temporary: dict[str, str] = {}  # maps a queue to its owner
        self._exchanges: dict[str, str] = {}
        self._bindings: dict[str, list[Binding]] = {}
        self._held: dict[tuple[str, str], tuple[str, Message]] = {}
        self._values: dict[str, str] = {}
        self._expiries: dict[str, float] = {}

    def declare(self, queue: str, owner: str | None = None) -> int:
        """Create a queue, and return the number of messages in it.

        If `owner` is given, `release(owner)` deletes the new queue.
        """
        if owner is not None and queue not in self._queues:
            self._temporary[queue] = owner
        return len(self._queues.setdefault(queue, deque()))

    def exists(self, queue: str) -> bool:
        """Return True if the queue exists."""
        return queue in self._queues

    def delete(self, queue: str) -> None:
        """Delete a queue with its messages and bindings."""
        self._queues.pop(queue, None)
        self._temporary.pop(queue, None)
        for bindings in self._bindings.values():
            bindings[:] = [binding for binding in bindings if binding[2] != queue]

    def size(self, queue: str) -> int:
        """Return the number of messages in a queue."""
        return len(self._queues.get(queue, ()))

    def purge(self, queue: str) -> int:
        """Delete the messages in a queue, and return their number."""
        waiting = self._queues.get(queue, deque())
        count = len(waiting)
        waiting.clear()
        return count

    def exchange(self, name: str, kind: str | None = None) -> str | None:
        """Declare an exchange if `kind` is given. Return its type (None if unknown)."""
        if kind is not None:
            self._exchanges.setdefault(name, kind)
        return self._exchanges.get(name)

    def bind(self, exchange: str, key: str, pattern: str | None, queue: str) -> None:
        """Bind a queue to an exchange. `pattern` is the routing key as a regex."""
        bindings = self._bindings.setdefault(exchange, [])
        if (key, pattern, queue) not in bindings:
            bindings.append((key, pattern, queue))

    def unbind(self, exchange: str, key: str, pattern: str | None, queue: str) -> None:
        """Remove a binding if it exists."""
        bindings = self._bindings.get(exchange, [])
        if (key, pattern, queue) in bindings:
            bindings.remove((key, pattern, queue))

    def bindings(self, exchange: str) -> list[Binding]:
        """Return the bindings of an exchange, oldest first."""
        return list(self._bindings.get(exchange, []))

    def put(self, queue: str, message: Message) -> None:
        """Append a message to a queue. Create the queue if it does not exist."""
        self._queues.setdefault(queue, deque()).append(message)

    def take(
        self, process: str, queues: Sequence[str], no_ack: Sequence[str] = ()
    ) -> tuple[str, Message] | None:
        """Take the first message of the first queue that is not empty.

        The broker keeps the message until `ack()`, `requeue()` or `release()`, unless
        the queue is in `no_ack`. Returns None if every queue is empty.
        """
        for queue in queues:
            if waiting := self._queues.get(queue):
                message = waiting.popleft()
                if queue not in no_ack:
                    tag = message["properties"]["delivery_tag"]
                    self._held[process, tag] = queue, message
                return queue, message
        return None

    def ack(self, process: str, tag: str) -> None:
        """Delete an unacknowledged message of a process."""
        self._held.pop((process, tag), None)

    def requeue(self, process: str, tag: str) -> None:
        """Return an unacknowledged message to the front of its queue."""
        if (process, tag) not in self._held:
            return
        queue, message = self._held.pop((process, tag))
        # Tasks can read this mark in request.delivery_info["redelivered"], as on Redis.
        message.setdefault("headers", {})["redelivered"] = True
        message["properties"]["delivery_info"]["redelivered"] = True
        self._queues.setdefault(queue, deque()).appendleft(message)

    def release(self, process: str) -> int:
        """Requeue the messages of a process that has ended, and return their number.

        Also deletes the temporary queues of the process.
        """
        tags = [tag for owner, tag in self._held if owner == process]
        for tag in reversed(tags):  # requeue() inserts at the front.
            self.requeue(process, tag)
        for queue in [q for q, owner in self._temporary.items() if owner == process]:
            self.delete(queue)
        return len(tags)

    def waiting(self) -> dict[str, list[Message]]:
        """Return every queue with its messages, in order of delivery."""
        return {queue: list(messages) for queue, messages in self._queues.items()}

    def held(self) -> list[tuple[str, str, Message]]:
        """Return the unacknowledged messages: process, queue and message."""
        return [
            (process, queue, message)
            for (process, _), (queue, message) in self._held.items()
        ]

    def get(self, key: str) -> str | None:
        """Return a value, or None if the value is missing or expired."""
        expiry = self._expiries.get(key)
        if expiry is not None and expiry < self._clock():
            self.forget(key)
        return self._values.get(key)

    def mget(self, keys: Sequence[str]) -> list[str | None]:
        """Return several values."""
        return [self.get(key) for key in keys]

    def set(self, key: str, value: str, seconds: float | None = None) -> None:
        """Store a value that expires after `seconds`. None means never."""
        self._values[key] = value
        self.expire(key, seconds)

    def expire(self, key: str, seconds: float | None) -> None:
        """Set a value to expire after `seconds`. None removes the expiry."""
        if seconds is None:
            self._expiries.pop(key, None)
        else:
            self._expiries[key] = self._clock() + seconds

    def increment(self, key: str) -> int:
        """Add one to a counter and return the sum. A new counter begins at 0."""
        count = int(self.get(key) or 0) + 1
        self._values[key] = str(count)
        return count

    def forget(self, key: str) -> None:
        """Delete a value."""
        self._values.pop(key, None)
        self._expiries.pop(key, None)


def body_of(message: Message) -> Any:
    """Return the body of a message in Kombu's format, decoded from JSON."""
    body = message["body"]
    if message["properties"].get("body_encoding") == "base64":
        body = base64.b64decode(body)
    return json.loads(body)
