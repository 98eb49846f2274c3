"""The server of the broker: requests wait, and messages are never lost."""

import asyncio
import json
import time

import pytest

from sprout.browser.broker import Broker
from sprout.browser.server import INTERRUPT, RequestError, Server

MESSAGE = {"properties": {"delivery_tag": "a", "delivery_info": {}}}


class Client:
    """A client that numbers its requests, as a link does."""

    def __init__(self, server, name="one"):
        self.server, self.name, self.number = server, name, 0

    async def ask(self, operation, *arguments):
        """Send a new request."""
        self.number += 1
        return await self.again(operation, *arguments)

    async def again(self, operation, *arguments):
        """Send the last request again."""
        request = [self.name, self.number, operation, arguments]
        return json.loads(await self.server.answer(json.dumps(request)))


@pytest.fixture
def server():
    return Server(Broker())


def test_a_message_wakes_exactly_one_request(server):
    async def scene():
        requests = [
            asyncio.create_task(Client(server, name).ask("take", ["celery"], [], 10))
            for name in ("one", "two")
        ]
        await asyncio.sleep(0)
        began = time.monotonic()
        await Client(server, "client").ask("put", "celery", MESSAGE)
        done, waiting = await asyncio.wait(
            requests, return_when=asyncio.FIRST_COMPLETED, timeout=10
        )
        assert time.monotonic() - began < 5
        assert [task.result()[0] for task in done] == ["celery"]
        assert len(waiting) == 1
        waiting.pop().cancel()

    asyncio.run(scene())


def test_waiting_ends_at_the_timeout(server):
    assert asyncio.run(Client(server).ask("take", ["celery"], [], 0.01)) is None


def test_a_repeated_request_gets_the_same_answer(server):
    async def scene():
        server.broker.put("celery", MESSAGE)
        client = Client(server)
        first = await client.ask("take", ["celery"], [], 0)
        again = await client.again("take", ["celery"], [], 0)
        assert first == again == ["celery", MESSAGE]
        assert await client.ask("take", ["celery"], [], 0) is None

    asyncio.run(scene())


def test_an_ended_process_takes_no_message(server):
    async def scene():
        waiting = asyncio.create_task(Client(server).ask("take", ["celery"], [], 0.2))
        await asyncio.sleep(0)
        assert server.release("one") == 0
        server.broker.put("celery", MESSAGE)
        assert await waiting is None
        assert server.broker.size("celery") == 1

    asyncio.run(scene())


def test_an_interrupt_ends_one_request(server):
    async def scene():
        client = Client(server)
        waiting = asyncio.create_task(client.ask("take", ["celery"], [], 10))
        await asyncio.sleep(0)
        server.interrupt("one")
        assert await waiting == INTERRUPT
        assert await client.ask("take", ["celery"], [], 0) is None

    asyncio.run(scene())


def test_a_request_waits_for_a_value(server):
    async def scene():
        waiting = asyncio.create_task(Client(server).ask("wait", "key", None, 5))
        await asyncio.sleep(0)
        await Client(server, "two").ask("set", "key", "8", None)
        assert await waiting == "8"
        assert await Client(server).ask("wait", "key", "8", 0.01) == "8"

    asyncio.run(scene())


def test_an_unknown_operation_is_an_error(server):
    with pytest.raises(RequestError, match="has no operation 'release'"):
        asyncio.run(Client(server).ask("release", "two"))
