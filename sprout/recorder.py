"""Record the life of each task from Celery's events.

If task events are enabled, a worker sends an event when it receives, starts or finishes
a task. `celery events`, Flower and this module read these events.

>>> with Recorder(broker.url()) as recorder:
...     recorder.watch()
...     add.delay(4, 4).get()
...     [(span.label, span.state) for span in recorder.finish()]
8
[('add', 'SUCCESS')]
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

from celery import Celery
from celery.events.receiver import EventReceiver
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from sprout import SproutError
from sprout.spans import Span, Spans

LATE = 3.0  # the longest delay between a task's result and its last event, in seconds
# The `freq` of a requested heartbeat (celery/worker/control.py, Celery 5.7.0). In
# periodic heartbeats, the field contains the worker's interval, 2.0 by default.
ANSWER = 5


class RecorderError(SproutError):
    """No events arrive, or a task does not end."""


class Recorder:
    """A recorder of task events, which runs during a `with` block.

    Call `watch()` when the worker is ready and before tasks are sent. `spans` grows
    while the tasks run.

    Arguments:
        broker_url: the URL of the workers' broker.

    `start()`, `watch()`, `hear()` and `finish()` raise RecorderError if the broker does
    not answer.
    """

    def __init__(self, broker_url: str) -> None:
        self.broker_url = broker_url
        self._spans = Spans()
        # CELERY_BROKER_URL, if set, would take precedence over `broker`.
        urls = {"broker_read_url": broker_url, "broker_write_url": broker_url}
        self._app = Celery(broker=broker_url, set_as_current=False, changes=urls)
        self._heard = threading.Event()
        self._answered = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    @property
    def spans(self) -> dict[str, Span]:
        """The spans so far, by task id."""
        return self._spans.by_id

    def start(self) -> Self:
        """Start receiving events."""
        with self._connected():
            self._thread.start()
        return self

    def watch(self, timeout: float = 10.0) -> None:
        """Broadcast `enable_events`, so that the workers send task events.

        Returns after a worker has confirmed the command and has sent a heartbeat.
        Raises RecorderError if no worker does so within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._connected() as connection:
            control = self._app.control
            while time.monotonic() < deadline:
                agreed = control.broadcast(
                    "enable_events", reply=True, limit=1, connection=connection
                )
                if agreed and self._ping(connection):
                    return
        raise RecorderError(f"No worker answered within {timeout:.0f} s.")

    def finish(self, tasks: int = 0, timeout: float = 30.0) -> list[Span]:
        """Wait until every task has ended, and return the spans in order of receipt.

        A worker sends the last event of a task shortly after the result. Pass the
        expected number of `tasks`, so that the recorder waits for late events.

        Raises RecorderError with the names of the tasks that have not ended after
        `timeout` seconds. If the workers receive fewer than `tasks` tasks, returns
        after LATE seconds without an error.
        """
        deadline = time.monotonic() + timeout
        late = time.monotonic() + min(LATE, timeout)
        with self._connected() as connection:
            self._ping(connection)
        while True:
            spans = list(self.spans.values())
            running = [span.label for span in spans if not span.finished]
            if not running and (len(spans) >= tasks or time.monotonic() > late):
                return sorted(spans, key=lambda span: span.begin)
            if time.monotonic() > deadline:
                names = ", ".join(running)
                raise RecorderError(
                    f"These tasks did not end within {timeout:.0f} s: {names}."
                )
            time.sleep(0.02)

    def heard(self) -> bool:
        """Return True if a worker has sent a heartbeat or has come online."""
        return self._heard.is_set()

    def hear(self) -> bool:
        """Ask the workers for a heartbeat. Return True if a worker answered.

        An idle worker answers immediately. When a worker answers, the recorder has
        received all earlier events of this worker.
        """
        with self._connected() as connection:
            return self._ping(connection)

    def _ping(self, connection: Connection) -> bool:
        """Ask for a heartbeat. Return True if a worker answered within 0.5 s."""
        self._answered.clear()
        self._app.control.broadcast("heartbeat", connection=connection)
        return self._answered.wait(0.5)

    def stop(self) -> None:
        """Stop receiving events. Keep the spans."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        with Connection(self.broker_url, connect_timeout=10) as connection:
            try:
                connection.ensure_connection(max_retries=1, interval_start=0)
                yield connection
            except (*connection.connection_errors, OperationalError) as error:
                url = connection.as_uri()  # hides the password
                raise RecorderError(f"The broker at {url} does not answer.") from error

    def _listen(self) -> None:
        # Without these options, Kombu would retry an unreachable broker forever.
        once = {"max_retries": 1, "interval_start": 0}
        with Connection(self.broker_url, transport_options=once) as connection:
            handlers = {"*": self._on_event}
            try:
                receiver = EventReceiver(connection, handlers=handlers, app=self._app)
                receiver.connect_max_retries = 1
                # wakeup=True would send a broadcast to the workers, and retry forever.
                with receiver.consumer_context(wakeup=False) as (events, _, _):
                    while not self._stopping.is_set():
                        with contextlib.suppress(TimeoutError):
                            events.drain_events(timeout=0.05)
            except (*connection.connection_errors, OperationalError):
                return  # The broker has stopped, so no more events can arrive.

    def _on_event(self, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind in ("worker-online", "worker-heartbeat"):
            self._heard.set()
            # A periodic heartbeat can arrive before the events that hear() waits for.
            if event.get("freq") == ANSWER:
                self._answered.set()
        self._spans.add(event)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
