"""Celery's solo pool with a timer that needs no thread; a Web Worker has none.

The transport runs due entries before it waits for messages, and waits at most until the
next entry. Entries are tasks with an ETA or a countdown, retries, and heartbeats.
"""

import math
import time
import weakref
from typing import Any

from celery.concurrency import solo
from kombu.asynchronous import timer


class Timer(timer.Timer):
    """A worker's timer: `run_due()` runs its entries."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        TIMERS.add(self)

    def seconds(self) -> float:
        """Return the seconds until the next entry; infinity if there is none."""
        entries = self._queue
        return max(entries[0].eta - time.monotonic(), 0) if entries else math.inf

    def run_due(self) -> bool:
        """Run the due entries; return whether there were any."""
        ran = False
        for _, entry in iter(self):
            if entry is None:
                return ran
            ran = True
            self.apply_entry(entry)
        return ran


class TaskPool(solo.TaskPool):
    """Runs each task in the worker's own process, as `--pool solo` does."""

    Timer = Timer


TIMERS: "weakref.WeakSet[Timer]" = weakref.WeakSet()


def run_due() -> bool:
    """Run the due entries of every timer of this process."""
    ran = [each.run_due() for each in list(TIMERS)]
    return any(ran)


def seconds_until_due() -> float:
    """Return the seconds until the next entry of all timers, or infinity."""
    return min((each.seconds() for each in list(TIMERS)), default=math.inf)
