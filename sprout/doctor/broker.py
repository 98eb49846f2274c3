"""Inspect the state of Redis or RabbitMQ without sending a message."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import redis
from kombu import Connection, Queue
from kombu.utils.url import maybe_sanitize_url

SECONDS = 0.5  # timeout for a connection and for an answer
RESULTS = "celery-task-meta-*"  # the keys of Celery's results
MESSAGES = 100  # the maximum number of messages per queue, and of results, to read


@dataclass(frozen=True)
class Waiting:
    """A message in the broker: the name of its task, and its ETA if any."""

    task: str
    eta: datetime | None = None


class Redis:
    """A read-only client of the Redis server at a URL.

    Every method raises redis.RedisError if Redis does not answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.address = maybe_sanitize_url(url)
        self.client = redis.Redis.from_url(
            url,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            retry=None,
        )

    @cached_property
    def info(self) -> dict[str, Any]:
        """The output of the Redis command INFO."""
        return dict(self.client.info())

    def refuses_writes(self) -> str:
        """Return the reason why Redis rejects writes, or "" if it accepts writes."""
        info = self.info
        if info.get("role") == "slave":
            return "READONLY: the server is a replica"
        limit = info.get("maxmemory", 0)
        full = limit and info["used_memory"] >= limit
        if full and info.get("maxmemory_policy") == "noeviction":
            return f"OOM: the memory limit of {limit} bytes is reached"
        if info.get("rdb_last_bgsave_status") == "err" and self.saves():
            return "MISCONF: the last snapshot could not be written to disk"
        return ""

    def saves(self) -> bool:
        """Return True if Redis writes snapshots, or if CONFIG is disabled."""
        try:
            return bool(self.client.config_get("save").get("save", "yes"))
        except redis.ResponseError:
            return True

    def queues(self) -> set[str]:
        """Return the names of the queues that clients and workers have declared."""
        names = set()
        for key in self.client.scan_iter("_kombu.binding.*", count=1000):
            for member in self.client.smembers(key):
                names.add(as_text(member).rpartition("\x06\x16")[2])
        return {name for name in names if not re.search(r"pidbox$|^celeryev", name)}

    def count(self, queue: str) -> int:
        """Return the number of messages in a queue."""
        if self.client.type(queue) != b"list":
            return 0
        return int(self.client.llen(queue))

    def waiting(self, queue: str) -> list[Waiting]:
        """Return the newest messages in a queue, up to MESSAGES."""
        if self.client.type(queue) != b"list":
            return []
        raw = self.client.lrange(queue, 0, MESSAGES - 1)
        return [message for text in raw for message in read(text)]

    def held(self) -> list[Waiting]:
        """Return the unacknowledged messages: running, prefetched, or with an ETA."""
        raw = self.client.hscan_iter("unacked", count=MESSAGES)
        return [message for _, text in raw for message in read(text)]

    def failures(self) -> list[str]:
        """Return the tracebacks and errors in the stored results of failed tasks.

        Reads up to MESSAGES results in the first 10,000 keys of the database.
        """
        keys: list[bytes | str] = []
        cursor = 0
        for _ in range(10):
            cursor, found = self.client.scan(cursor, RESULTS, count=1000)
            keys += found
            if not cursor:
                break
        stored = self.client.mget(keys[:MESSAGES]) if keys else []
        return [text for value in stored for text in read_failure(value)]


def as_text(value: bytes | str) -> str:
    """Return a reply from Redis as text."""
    return value if isinstance(value, str) else value.decode()


def read(text: bytes | str) -> Iterator[Waiting]:
    """Yield the message in a Redis value if Kombu wrote the value."""
    try:
        stored = json.loads(text)
        headers = (stored[0] if isinstance(stored, list) else stored)["headers"]
        eta = headers.get("eta")
        yield Waiting(headers["task"], eta and datetime.fromisoformat(eta))
    except (ValueError, LookupError, TypeError, AttributeError):
        return


def read_failure(value: bytes | str | None) -> Iterator[str]:
    """Yield the traceback and the error of a result if the task failed."""
    try:
        result = json.loads(value or "")
        if result["status"] == "FAILURE":
            error = result["result"]
            message = ", ".join(map(str, error["exc_message"]))
            yield f"{result['traceback']}\n{error['exc_type']}: {message}"
    except (ValueError, LookupError, TypeError, AttributeError):
        return


def ask(connection: Connection, queue: str) -> tuple[int, int] | None:
    """Return the numbers of messages and consumers of an AMQP queue.

    Returns None if the queue does not exist, and never creates the queue.
    """
    channel = connection.channel()
    try:
        answer = channel.queue_declare(queue, passive=True)
    except connection.channel_errors:
        return None
    return answer.message_count, answer.consumer_count


def refusal(connection: Connection, queue: Queue) -> str:
    """Return the reason why RabbitMQ rejects a queue, or "" if it accepts the queue.

    Declares only existing queues, and therefore changes nothing.
    """
    if ask(connection, queue.name) is None:
        return ""
    try:
        queue(connection.channel()).queue_declare()
    except connection.channel_errors as error:
        return str(getattr(error, "reply_text", error))
    return ""


def is_redis(url: str) -> bool:
    """Return True if a URL is the address of a Redis server."""
    return urlsplit(url).scheme in ("redis", "rediss", "unix")


def now() -> datetime:
    """Return the current time with a time zone."""
    return datetime.now(UTC)
