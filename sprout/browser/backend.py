"""The result backend `page://`, which stores results in the page's broker.

`AsyncResult.get()` blocks until the broker reports that the task has finished. Chords
count their finished tasks in the broker.
"""

import time
from typing import Any

from celery import states
from celery.backends.base import KeyValueStoreBackend
from celery.exceptions import TimeoutError as CeleryTimeoutError

from sprout.browser.link import LONGEST, connect


class Backend(KeyValueStoreBackend):
    """A key-value store for results as JSON."""

    implements_incr = True
    persistent = False
    supports_autoexpire = True
    key_t = str

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None if the key has no value."""
        value: str | None = connect().ask("get", key)
        return value

    def mget(self, keys: list[str]) -> list[str | None]:
        """Return several values with one request."""
        values: list[str | None] = connect().ask("mget", keys)
        return values

    def set(self, key: str, value: str) -> None:
        """Store a value that expires after `result_expires`."""
        connect().ask("set", key, value, self.expires or None)

    def delete(self, key: str) -> None:
        """Delete a value."""
        connect().ask("forget", key)

    def incr(self, key: str) -> int:
        """Add one to a counter and return the new value."""
        return int(connect().ask("increment", key))

    def expire(self, key: str, value: int | None) -> None:
        """Make a key expire after `value` seconds. None means never."""
        connect().ask("expire", key, value or None)

    def is_cached(self, task_id: str) -> bool:
        """Return True, so that the error of a chord names the failed member.

        Celery 5.7 (result.py, _failed_join_report) ignores the members whose results
        are not cached. This backend caches only successful results.
        """
        return True

    def wait_for(
        self,
        task_id: str,
        timeout: float | None = None,
        interval: float = 0.5,
        no_ack: bool = True,
        on_interval: Any = None,
    ) -> dict[str, Any]:
        """Return the stored state and result of a task as soon as it has finished.

        Raises celery.exceptions.TimeoutError after `timeout` seconds.
        """
        self._ensure_not_eager()
        end = None if timeout is None else time.monotonic() + timeout
        key = self.get_key_for_task(task_id)
        stored = self.get(key)
        while True:
            meta: dict[str, Any] = self.get_task_meta(task_id)
            if meta["status"] in states.READY_STATES:
                return meta
            if on_interval:
                on_interval()
            left = LONGEST if end is None else end - time.monotonic()
            if left <= 0:
                raise CeleryTimeoutError("The operation timed out.")
            stored = connect().ask("wait", key, stored, min(left, LONGEST))
