"""Ask the broker and the workers how they are."""

from celery import current_app as app

from delivery.broker import OperationalError, broker
from delivery.queues import QUEUES

__all__ = ["OperationalError", "forgetful", "overview"]


def overview(seconds: float = 0.5) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Return the queues that each worker takes, and how many messages wait in each.

    OperationalError is raised if the broker does not answer.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active_queues() or {}
        waiting = {
            queue.name: queue(connection.default_channel).queue_declare().message_count
            for queue in QUEUES
        }
    taken = {
        worker: [queue["name"] for queue in queues]
        for worker, queues in sorted(answers.items())
    }
    return taken, waiting


def forgetful(seconds: float = 0.5) -> str:
    """Return the policy by which Redis may drop messages, or "".

    Redis deletes keys when its memory is full. What kombu keeps has no expiry, so only
    the policies for all keys take messages. OperationalError is raised if the broker
    does not answer.
    """
    with broker(seconds) as connection:
        if connection.transport.driver_type != "redis":
            return ""
        memory = connection.default_channel.client.info("memory")
    policy = memory.get("maxmemory_policy", "")
    return policy if memory.get("maxmemory") and policy.startswith("allkeys") else ""
