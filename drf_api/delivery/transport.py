"""kombu's transports, with workarounds for bugs in kombu 5.7 and py-amqp 5.4.

docs/upstream contains a report of each bug. A test in tests/drf_api/test_upstream.py
fails when a bug is fixed.
"""

from amqp.exceptions import RecoverableConnectionError
from kombu.transport import pyamqp, redis
from kombu.transport.virtual.exchange import TopicExchange

from delivery.queues import QUEUES

TYPES = {queue.exchange.name: queue.exchange.type for queue in QUEUES}
# The bindings in kombu's format: routing key, pattern, queue. kombu itself stores the
# bindings in Redis, under the key _kombu.binding.EXCHANGE.
BINDINGS = {
    queue.exchange.name: [
        (queue.routing_key, TopicExchange(None).key_to_pattern(queue.routing_key), name)
    ]
    for queue in QUEUES
    if (name := queue.name)
}


class RedisChannel(redis.Channel):
    """A channel that reads exchange types and bindings from the code instead of Redis.

    `typeof`: after VISIBILITY_TIMEOUT, a worker restores the messages of a dead worker.
    If the worker's connection has not declared an exchange, kombu treats the exchange
    as direct. No queue has the exact binding `tasks.mail`, so kombu silently drops the
    message.

    `get_table`: kombu writes the bindings once per connection and reads them for each
    message. After FLUSHALL, or if Redis evicts the key of the bindings, kombu silently
    drops every message.
    """

    def typeof(self, exchange, default="direct"):
        return super().typeof(exchange, TYPES.get(exchange, default))

    def get_table(self, exchange):
        return BINDINGS.get(exchange) or super().get_table(exchange)


class RedisTransport(redis.Transport):
    Channel = RedisChannel


class RabbitChannel(pyamqp.Channel):
    """A channel that closes its socket if RabbitMQ does not confirm a message.

    During a memory or disk alarm, RabbitMQ does not read from publishing connections,
    so py-amqp would wait forever for the reply to its close request.
    """

    def basic_publish_confirm(self, *args, **kwargs):
        connection = self.connection
        connection.publishes = True
        try:
            return super().basic_publish_confirm(*args, **kwargs)
        except (OSError, RecoverableConnectionError):
            connection.collect()  # closes the socket without a close request
            raise
        finally:
            connection.publishes = False


class BlockedConnection(pyamqp.Connection):
    """A connection that raises an error immediately if RabbitMQ blocks publishing."""

    Channel = RabbitChannel
    publishes = False

    def _on_blocked(self):
        super()._on_blocked()
        if self.publishes:
            raise RecoverableConnectionError(
                "RabbitMQ blocks publishing because of an alarm."
            )


class RabbitTransport(pyamqp.Transport):
    Connection = BlockedConnection


class RabbitTLSTransport(pyamqp.SSLTransport):
    Connection = BlockedConnection
