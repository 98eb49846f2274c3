"""The broker's server, which responds to the requests of other processes.

A request is JSON: `[process, number, operation, arguments]`. Each process numbers its
requests and sends one request at a time. If a response is lost, the process repeats the
request and gets the same response.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sprout import SproutError
from sprout.browser.broker import Broker, Message

Result = TypeVar("Result")

OPERATIONS = {
    "ack", "bind", "bindings", "declare", "delete", "exchange", "exists", "expire",
    "forget", "get", "held", "increment", "mget", "purge", "put", "requeue", "set",
    "size", "unbind", "waiting",
}  # fmt: skip


INTERRUPT = "interrupt"  # the response to `take` after Ctrl-C


class RequestError(SproutError):
    """A request names an unknown operation."""


class Server:
    """A server for one broker in one event loop."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._changed = asyncio.Event()
        self._answers: dict[str, tuple[int, asyncio.Task[str]]] = {}
        self._ended: set[str] = set()
        self._interrupted: set[str] = set()

    async def answer(self, request: str) -> str:
        """Execute a request and return the response as JSON."""
        process, number, operation, arguments = json.loads(request)
        last, task = self._answers.get(process, (None, None))
        if task is None or last != number:
            work = self._carry_out(process, operation, arguments)
            task = asyncio.ensure_future(work)
            self._answers[process] = number, task
        return await asyncio.shield(task)

    def release(self, process: str) -> int:
        """Requeue the messages of an ended process, and stop deliveries to it.

        Returns the number of requeued messages.
        """
        self._ended.add(process)
        self._answers.pop(process, None)
        count = self.broker.release(process)
        self._wake()
        return count

    def set_once(self, key: str, value: str) -> None:
        """Set the value of a key, unless the key already has a value."""
        if self.broker.get(key) is None:
            self.broker.set(key, value)
            self._wake()

    def interrupt(self, process: str) -> None:
        """Send Ctrl-C to a process when it next requests a message."""
        self._interrupted.add(process)
        self._wake()

    async def _carry_out(self, process: str, operation: str, arguments: Any) -> str:
        result: Any = None
        if operation == "take":
            queues, no_ack, seconds = arguments
            take = partial(self._take, process, queues, no_ack)
            result = await self._until(take, seconds)
        elif operation == "wait":
            key, seen, seconds = arguments
            await self._until(lambda: self.broker.get(key) != seen or None, seconds)
            result = self.broker.get(key)
        elif operation == "sleep":
            await asyncio.sleep(arguments[0])
        elif operation in OPERATIONS:
            result = getattr(self.broker, operation)(*arguments)
            self._wake()
        else:
            raise RequestError(f"The broker has no operation {operation!r}.")
        return json.dumps(result)

    def _take(
        self, process: str, queues: list[str], no_ack: list[str]
    ) -> tuple[str, Message] | str | None:
        if process in self._interrupted:
            self._interrupted.remove(process)
            return INTERRUPT
        if process in self._ended:  # This process would never acknowledge the message.
            return None
        return self.broker.take(process, queues, no_ack)

    async def _until(
        self, attempt: Callable[[], Result | None], seconds: float
    ) -> Result | None:
        """Call `attempt` after each change. Return its value, or None on a timeout."""
        deadline = time.monotonic() + seconds
        while (result := attempt()) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)
        return result

    def _wake(self) -> None:
        """Wake all waiting requests."""
        self._changed.set()
        self._changed = asyncio.Event()
