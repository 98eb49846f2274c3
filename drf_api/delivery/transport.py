"""kombu's transport for Redis, which knows our exchanges."""

from kombu.transport import redis

from delivery.queues import QUEUES

TYPES = {queue.exchange.name: queue.exchange.type for queue in QUEUES}


class Channel(redis.Channel):
    """A channel that puts back what a dead worker held, whatever was declared on it.

    Any worker does so, at its start and every two seconds, with what is older than
    VISIBILITY_TIMEOUT. It looks up the queue as if the message came anew, and takes an
    exchange that was not declared on its own connection for a direct one (kombu 5.7,
    `virtual.Channel.typeof`). Ours are topic exchanges, and no queue is bound to them
    by the very key `tasks.mail`: such a message was dropped, without a word.
    """

    def typeof(self, exchange, default="direct"):
        return super().typeof(exchange, TYPES.get(exchange, default))


class Transport(redis.Transport):
    Channel = Channel
