"""The messages of a Redis broker, for the checks of the exercises."""

import json
from typing import Any

import redis


class RedisMessages:
    """The messages in a Redis database, as a `run.Messages`."""

    def __init__(self, url: str) -> None:
        self._redis: Any = redis.Redis.from_url(url, decode_responses=True)

    def waiting(self) -> dict[str, list[dict[str, Any]]]:
        """Return the queued messages by queue, in order of delivery."""
        names = {
            binding.rpartition("\x06\x16")[2]
            for key in self._redis.scan_iter("_kombu.binding.*")
            for binding in self._redis.smembers(key)
        }
        found = {}
        for queue in sorted(names):
            if self._redis.type(queue) == "list":
                texts = self._redis.lrange(queue, 0, -1)
                found[queue] = [json.loads(text) for text in reversed(texts)]
        return found

    def is_idle(self, queues: list[str]) -> bool:
        """Return True if these queues are empty and all messages are acknowledged."""
        waiting = any(self._redis.llen(queue) for queue in queues)
        return not (waiting or self._redis.hlen("unacked"))
