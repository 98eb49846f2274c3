"""kombu's transports, with what they lack to keep accepted work.

Each class works around a fault of kombu 5.7 or py-amqp 5.4. docs/upstream has a report
of each fault. The tests in tests/drf_api/test_upstream.py fail when a fault is mended.
"""

from amqp.exceptions import RecoverableConnectionError
from kombu.transport import pyamqp, redis
from kombu.transport.virtual.exchange import TopicExchange

from delivery.queues import QUEUES

TYPES = {queue.exchange.name: queue.exchange.type for queue in QUEUES}
# What kombu keeps in Redis under _kombu.binding.EXCHANGE: a set of such rows.
BINDINGS = {
    queue.exchange.name: [
        (queue.routing_key, TopicExchange(None).key_to_pattern(queue.routing_key), name)
    ]
    for queue in QUEUES
    if (name := queue.name)
}


class RedisChannel(redis.Channel):
    """A channel that knows our exchanges without declarations or data in Redis.

    `typeof`: a worker puts back the messages of a dead one after VISIBILITY_TIMEOUT.
    kombu takes an exchange that was not declared on the worker's own connection for a
    direct one. No queue is bound by the key `tasks.mail`, and the message is dropped
    without a word.

    `get_table`: kombu writes the bindings once for each connection and reads them with
    every message. After FLUSHALL, or when Redis evicts that key, it drops every message
    without a word. Our bindings are in the code, and are read from there.
    """

    def typeof(self, exchange, default="direct"):
        return super().typeof(exchange, TYPES.get(exchange, default))

    def get_table(self, exchange):
        return BINDINGS.get(exchange) or super().get_table(exchange)


class RedisTransport(redis.Transport):
    Channel = RedisChannel


class RabbitChannel(pyamqp.Channel):
    """A channel that gives up a connection on which RabbitMQ does not confirm.

    With a memory or a disk alarm RabbitMQ reads no more from those who publish. py-amqp
    waits without limit for the answer to its polite close.
    """

    def basic_publish_confirm(self, *args, **kwargs):
        connection = self.connection
        connection.publishes = True
        try:
            return super().basic_publish_confirm(*args, **kwargs)
        except (OSError, RecoverableConnectionError):
            connection.collect()  # close the socket, and say nothing
            raise
        finally:
            connection.publishes = False


class BlockedConnection(pyamqp.Connection):
    """A connection that tells a publisher at once that RabbitMQ blocks it."""

    Channel = RabbitChannel
    publishes = False

    def _on_blocked(self):
        super()._on_blocked()
        if self.publishes:
            raise RecoverableConnectionError("RabbitMQ blocks publishers: an alarm")


class RabbitTransport(pyamqp.Transport):
    Connection = BlockedConnection


class RabbitTLSTransport(pyamqp.SSLTransport):
    Connection = BlockedConnection
