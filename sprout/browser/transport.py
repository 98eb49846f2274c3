"""The Kombu transport `page://`, which keeps its queues in the page's broker.

The transport blocks instead of polling. The broker also stores exchanges and bindings,
so that events, `inspect` and `control.revoke` work between processes. Priorities are
not supported.
"""

import signal
import time
from queue import Empty
from typing import Any

from kombu.transport import virtual

from sprout.browser.broker import Binding, Message
from sprout.browser.link import LONGEST, connect
from sprout.browser.server import INTERRUPT
from sprout.browser.solo import run_due, seconds_until_due


class QoS(virtual.QoS):
    """Acknowledgement and rejection of messages through the broker."""

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message."""
        super().ack(delivery_tag)
        self.channel.ask("ack", self.channel.link.process, delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Drop a message, or return it to its queue."""
        super().reject(delivery_tag, requeue)
        if not requeue:
            self.channel.ask("ack", self.channel.link.process, delivery_tag)


class Channel(virtual.Channel):
    """A channel with its own consumers. Several channels share a connection."""

    QoS = QoS
    supports_fanout = True

    def __init__(self, connection: "Transport", **options: Any) -> None:
        super().__init__(connection, **options)
        self.link = connect()
        self.ask = self.link.ask
        self.no_ack: set[str] = set()

    def _put(self, queue: str, message: Message, **_: Any) -> None:
        self.ask("put", queue, message)

    def _put_fanout(
        self, exchange: str, message: Message, routing_key: str, **_: Any
    ) -> None:
        for queue in self._lookup(exchange, routing_key):
            self.ask("put", queue, message)

    def _get(self, queue: str, timeout: float | None = None) -> Message:
        found = self.ask("take", [queue], [], 0)
        if found is None:
            raise Empty
        message: Message = found[1]
        return message

    def basic_get(self, queue: str, no_ack: bool = False, **options: Any) -> Any:
        """Return the next message of a queue, or None if the queue is empty."""
        message = super().basic_get(queue, no_ack=no_ack, **options)
        if message is not None and no_ack:
            self.ask("ack", self.link.process, message.delivery_tag)
        return message

    def basic_consume(
        self, queue: str, no_ack: bool, *rest: Any, **options: Any
    ) -> Any:
        """Consume a queue, and store whether its messages need acknowledgements."""
        (self.no_ack.add if no_ack else self.no_ack.discard)(queue)
        return super().basic_consume(queue, no_ack, *rest, **options)

    def wanted(self) -> list[str]:
        """Return the queues from which this channel can take a message now."""
        ready = self._consumers and self.qos.can_consume()
        return list(self._active_queues) if ready else []

    def _restore(self, message: virtual.Message) -> None:
        self.ask("requeue", self.link.process, message.delivery_tag)

    def _restore_at_beginning(self, message: virtual.Message) -> None:
        self._restore(message)

    def _new_queue(self, queue: str, auto_delete: bool = False, **_: Any) -> None:
        self.ask("declare", queue, self.link.process if auto_delete else None)

    def _has_queue(self, queue: str, **_: Any) -> bool:
        return bool(self.ask("exists", queue))

    def _delete(self, queue: str, *_: Any, **__: Any) -> None:
        self.ask("delete", queue)

    def _size(self, queue: str) -> int:
        return int(self.ask("size", queue))

    def _purge(self, queue: str) -> int:
        return int(self.ask("purge", queue))

    def exchange_declare(
        self, exchange: Any = None, type: Any = "direct", *rest: Any, **options: Any
    ) -> None:
        """Declare an exchange for this connection and in the broker."""
        super().exchange_declare(exchange, type, *rest, **options)
        if not options.get("passive"):
            kind = type or "direct"
            self.ask("exchange", exchange or f"amq.{kind}", kind)

    def typeof(self, exchange: str, default: str = "direct") -> Any:
        """Return the type of an exchange that this or another connection declared.

        Kombu 5.7 treats an exchange of another connection as direct, and would lose
        messages to a topic exchange.
        """
        if exchange not in self.state.exchanges:
            default = self.ask("exchange", exchange) or default
        return super().typeof(exchange, default)

    def get_table(self, exchange: str) -> list[Binding]:
        """Return the bindings of an exchange."""
        return [
            (key, pattern, queue)
            for key, pattern, queue in self.ask("bindings", exchange)
        ]

    def _queue_bind(
        self, exchange: str, key: str, pattern: str | None, queue: str
    ) -> None:
        self.ask("bind", exchange, key, pattern, queue)

    def queue_unbind(
        self,
        queue: str,
        exchange: str = "",
        routing_key: str = "",
        arguments: Any = None,
        **_: Any,
    ) -> None:
        """Remove a binding for this connection and in the broker."""
        self.state.binding_delete(queue, exchange, routing_key)
        meta = self.typeof(exchange).prepare_bind(
            queue, exchange, routing_key, arguments
        )
        self.ask("unbind", exchange, *meta)


class Transport(virtual.Transport):
    """A connection to the page's broker."""

    Channel = Channel
    driver_type = "page"
    driver_name = "sprout.browser"
    interrupted = False  # True after Ctrl-C
    implements = virtual.Transport.implements.extend(
        exchange_type=frozenset(["direct", "topic", "fanout"])
    )

    def driver_version(self) -> str:
        """Return the version of the transport."""
        return "1"

    def drain_events(
        self, connection: Any, timeout: float | None = None, **_: Any
    ) -> None:
        """Deliver one message. Wait for a message if the queues are empty.

        Also runs the due entries of the worker's timer. Raises TimeoutError after
        `timeout` seconds. If `timeout` is given, also raises TimeoutError immediately
        after a timer entry or Ctrl-C, so that the worker checks its state before the
        next message.
        """
        link = connect()
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            # Celery 5.7's synloop calls this method once more after Ctrl-C. Do not take
            # a message, so that another worker can take it.
            if (run_due() or self.interrupted) and timeout is not None:
                raise TimeoutError
            left = LONGEST if end is None else max(end - time.monotonic(), 0)
            seconds = min(left, LONGEST, seconds_until_due())
            queues = [queue for channel in self.channels for queue in channel.wanted()]
            no_ack = {queue for channel in self.channels for queue in channel.no_ack}
            found = link.ask("take", queues, sorted(no_ack), seconds)
            if found == INTERRUPT:
                signal.raise_signal(signal.SIGINT)  # Celery's own signal handler
                self.interrupted = True
            elif found is not None:
                queue, message = found
                self._deliver(message, queue)
                return
            if end is not None and time.monotonic() >= end:
                raise TimeoutError
