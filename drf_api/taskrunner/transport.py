"""kombu's transport for Redis, which knows our exchanges."""

from kombu.transport import redis

from taskrunner.queues import QUEUES

TYPES = {queue.exchange.name: queue.exchange.type for queue in QUEUES}


class Channel(redis.Channel):
    """A channel that puts back what a dead worker held, whatever was declared on it.

    Any worker does so, as soon as it is connected. It looks up the queue as if the
    message came anew, and takes an exchange that it has not declared itself for a
    direct one (kombu 5.7, `virtual.Channel.typeof`). No queue is bound to ours by the
    very key `tasks.mail`: such a message was dropped, without a word.
    """

    def typeof(self, exchange, default="direct"):
        return super().typeof(exchange, TYPES.get(exchange, default))


class Transport(redis.Transport):
    Channel = Channel
