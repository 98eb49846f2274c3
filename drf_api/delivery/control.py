"""Questions to the broker and the workers, each within a time limit."""

from contextlib import contextmanager
from traceback import walk_tb

from celery import current_app as app
from kombu import Connection
from kombu.exceptions import OperationalError

from delivery.queues import QUEUES

__all__ = [
    "OperationalError",
    "active_jobs",
    "broker",
    "overview",
    "publishing",
    "revoke",
]


@contextmanager
def publishing():
    """Have whatever is sent in the block raise OperationalError if the broker is away.

    It does so by itself, but for one case: over a connection of the pool that broke
    while another thread waited for it, Celery stumbles with an AttributeError.
    """
    try:
        yield
    except AttributeError as error:
        *_, (frame, _) = walk_tb(error.__traceback__)
        package = frame.f_globals["__name__"].partition(".")[0]
        if package not in {"amqp", "celery", "kombu"}:
            raise  # a mistake of ours
        raise OperationalError(str(error)) from error


@contextmanager
def broker(seconds: float):
    """Connect to the broker, or raise OperationalError within about `seconds`.

    Celery's own pool of connections is made for patience: it tries again and again.
    """
    options = dict(app.conf.broker_transport_options)
    if app.conf.broker_url.startswith("redis"):
        options |= {
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "polling_interval": 0.1,  # closing waits for the end of a poll
        }
    connection: Connection
    with app.connection_for_write(
        connect_timeout=seconds, transport_options=options
    ) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=seconds)
        try:
            yield connection
        except (*connection.connection_errors, *connection.channel_errors) as error:
            raise OperationalError(str(error)) from error


def active_jobs(seconds: float = 0.5) -> list[dict]:
    """Return the tasks that are running now, as their workers describe them.

    Workers that do not answer within the time are left out; OperationalError is
    raised if the broker does not.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active() or {}
    return [
        {**job, "worker": worker}
        for worker, jobs in sorted(answers.items())
        for job in jobs
    ]


def revoke(ids: list[str], seconds: float = 1.0) -> None:
    """Tell the workers to stop these tasks if they run, and never to begin them.

    OperationalError is raised if the broker does not answer.
    """
    with broker(seconds) as connection:
        app.control.revoke(ids, terminate=True, connection=connection)


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
