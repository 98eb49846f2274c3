"""Message routing: two topic exchanges, each with one queue.

    tasks       tasks.#        -> celery, the default queue, for quick work tasks.slow
    tasks.slow.#   -> slow, for long-running work

An exchange delivers a copy to every queue with a matching binding. If both queues were
bound to one exchange, `tasks.slow.report` would match both bindings, and the task would
run twice. `route` selects the queue for a routing key.
"""

import re

from kombu import Exchange, Queue

DEFAULT = "celery"
SLOW = "slow"


def topic_queue(name: str, exchange: str, binding: str) -> Queue:
    """Return a queue with one binding to a topic exchange."""
    return Queue(
        name,
        exchange=Exchange(exchange, type="topic"),
        routing_key=binding,
        queue_arguments={"x-queue-type": "quorum"},  # replicated by RabbitMQ
    )


QUEUES = [
    topic_queue(DEFAULT, "tasks", "tasks.#"),
    topic_queue(SLOW, "tasks.slow", "tasks.slow.#"),
]


def queue_for(routing_key: str) -> str:
    """Return the name of the queue for messages with this routing key."""
    return SLOW if routing_key.startswith("tasks.slow.") else DEFAULT


def route(name, args, kwargs, options, task=None, **_):
    """Return the publishing options. Celery calls this router for each message.

    Celery declares a named queue before it publishes, so the broker keeps the message
    even if no worker has ever consumed from it. RabbitMQ must confirm the message
    within `confirm_timeout` seconds.
    """
    return {
        "queue": queue_for(options.get("routing_key") or ""),
        "confirm_timeout": 5,
    }


def matching_queues(routing_key: str) -> list[str]:
    """Return the names of the queues that receive messages with this routing key.

    >>> matching_queues("tasks.slow.report"), matching_queues("mail.report")
    (['slow'], [])
    """
    chosen = queue_for(routing_key)
    return [
        queue.name
        for queue in QUEUES
        if queue.name == chosen and matches(queue.routing_key, routing_key)
    ]


def matches(binding: str, routing_key: str) -> bool:
    """Return whether a topic binding matches a routing key.

    `*` matches one word, and `#` any number of words.
    """
    pattern = "".join(
        {"#": r"(\.[^.]+)*", "*": r"\.[^.]+"}.get(word, r"\." + re.escape(word))
        for word in binding.split(".")
    )
    return re.fullmatch(pattern, f".{routing_key}") is not None
