"""Celery's solo pool with a timer that works without threads, as in a Web Worker.

The transport runs due timer entries, and then waits for messages until the next entry
is due. Entries are heartbeats, retries, and tasks with an ETA or a countdown.
"""

import math
import time
import weakref
from typing import Any

from celery.concurrency import solo
from kombu.asynchronous import timer


class Timer(timer.Timer):
    """The timer of a worker. `run_due()` runs the due entries."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        TIMERS.add(self)

    def seconds(self) -> float:
        """Return the seconds until the next entry is due, or infinity."""
        entries = self._queue
        return max(entries[0].eta - time.monotonic(), 0) if entries else math.inf

    def run_due(self) -> bool:
        """Run the due entries. Return True if any entry was due."""
        ran = False
        for _, entry in iter(self):
            if entry is None:
                return ran
            ran = True
            self.apply_entry(entry)
        return ran


class TaskPool(solo.TaskPool):
    """A pool that runs each task in the worker's own process, like `--pool solo`."""

    Timer = Timer


TIMERS: "weakref.WeakSet[Timer]" = weakref.WeakSet()


def run_due() -> bool:
    """Run the due entries of all timers of this process. Return True if any ran."""
    ran = [each.run_due() for each in list(TIMERS)]
    return any(ran)


def seconds_until_due() -> float:
    """Return the seconds until an entry of any timer is due, or infinity."""
    return min((each.seconds() for each in list(TIMERS)), default=math.inf)
