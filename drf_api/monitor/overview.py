"""Read the workers' queues, the queues' lengths, and Redis's eviction policy."""

from celery import current_app as app

from delivery.broker import OperationalError, broker
from delivery.queues import QUEUES

__all__ = ["OperationalError", "eviction_policy", "overview"]


def overview(seconds: float = 0.5) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return the queues of each worker, and the number of messages in each queue.

    Raises OperationalError if the broker is unreachable.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active_queues() or {}
        waiting = {
            queue.name: queue(connection.default_channel).queue_declare().message_count
            for queue in QUEUES
        }
    consumed = {
        worker: [queue["name"] for queue in queues]
        for worker, queues in sorted(answers.items())
    }
    return consumed, waiting


def eviction_policy(seconds: float = 0.5) -> str:
    """Return Redis's maxmemory-policy if it can delete messages, otherwise "".

    Redis evicts keys when its memory is full. kombu's keys never expire, so only the
    `allkeys` policies can delete messages. Raises OperationalError if the broker is
    unreachable.
    """
    with broker(seconds) as connection:
        if connection.transport.driver_type != "redis":
            return ""
        memory = connection.default_channel.client.info("memory")
    policy = memory.get("maxmemory_policy", "")
    return policy if memory.get("maxmemory") and policy.startswith("allkeys") else ""
