"""Where messages go: two topic exchanges, each with one queue.

    tasks       tasks.#        -> celery, the default queue: quick work
    tasks.slow  tasks.slow.#   -> slow: work that takes long

Two exchanges, because an exchange gives a copy to every queue that has a matching
binding: on one exchange `tasks.slow.report` would match both, and its task would run
twice. Which exchange a routing key belongs to is what `route` decides.
"""

import re

from kombu import Exchange, Queue

DEFAULT = "celery"
SLOW = "slow"


def topic_queue(name: str, exchange: str, binding: str) -> Queue:
    """Declare a queue that takes what its binding matches."""
    return Queue(
        name,
        exchange=Exchange(exchange, type="topic"),
        routing_key=binding,
        queue_arguments={"x-queue-type": "quorum"},  # RabbitMQ's safe kind
    )


QUEUES = [
    topic_queue(DEFAULT, "tasks", "tasks.#"),
    topic_queue(SLOW, "tasks.slow", "tasks.slow.#"),
]


def queue_for(routing_key: str) -> str:
    """Return the name of the queue whose exchange a message with this key goes to."""
    return SLOW if routing_key.startswith("tasks.slow.") else DEFAULT


def route(name, args, kwargs, options, task=None, **_):
    """Choose the queue by the routing key; Celery asks before it sends anything.

    Naming the queue makes Celery declare it first, so that a message waits for a
    worker that has never been started yet, instead of being dropped. The timeout, in
    seconds, is for RabbitMQ to say that it has the message.
    """
    return {
        "queue": queue_for(options.get("routing_key") or ""),
        "confirm_timeout": 5,
    }


def matching_queues(routing_key: str) -> list[str]:
    """Return the queues that would get a message with this key: none, and it is lost.

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
    """Whether a topic binding takes a key: `*` is one word, `#` any number of them."""
    pattern = "".join(
        {"#": r"(\.[^.]+)*", "*": r"\.[^.]+"}.get(word, r"\." + re.escape(word))
        for word in binding.split(".")
    )
    return re.fullmatch(pattern, f".{routing_key}") is not None
