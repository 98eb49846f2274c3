"""RabbitMQ rejects messages above its size limit."""

import time
from collections.abc import Iterator

import pytest
from amqp.exceptions import PreconditionFailed
from celery import Celery

from tools.servers.rabbitmq import RabbitMQ

pytestmark = pytest.mark.stack
REFUSED = "larger than configured max size"


@pytest.fixture(scope="module")
def large() -> str:
    """Return a string that exceeds the size limits of RabbitMQ 3 and 4."""
    return "x" * 135_000_000


@pytest.fixture
def shop(rabbitmq: RabbitMQ) -> Iterator[Celery]:
    with Celery("shop", broker=rabbitmq.url, set_as_current=False) as app:
        yield app
    rabbitmq.clear()


def waiting(shop: Celery) -> int:
    with shop.connection_for_read() as connection:
        return connection.default_channel.queue_declare(
            "celery", passive=True
        ).message_count


def test_without_confirms_the_message_is_lost_and_a_later_call_raises(shop, large):
    shop.send_task("shop.watermark", [large])
    sent, deadline = 0, time.monotonic() + 60
    with pytest.raises(PreconditionFailed, match=REFUSED):
        while time.monotonic() < deadline:
            shop.send_task("shop.watermark", ["small"])
            sent += 1
            time.sleep(0.05)
    assert waiting(shop) <= sent


def test_with_confirms_the_call_that_publishes_the_large_message_raises(shop, large):
    shop.conf.broker_transport_options = {"confirm_publish": True}
    with pytest.raises(PreconditionFailed, match=REFUSED):
        shop.send_task("shop.watermark", [large])
    assert waiting(shop) == 0
