"""Questions to the broker and the workers, each within a time limit."""

from contextlib import contextmanager

from kombu import Connection
from kombu.exceptions import OperationalError

from taskrunner.celery import app

__all__ = ["OperationalError", "active_jobs", "broker", "inspect"]


@contextmanager
def broker(seconds: float):
    """Connect to the broker, or raise OperationalError within about `seconds`.

    Celery's own pool of connections is made for patience: it tries again and again.
    """
    options = dict(app.conf.broker_transport_options)
    if app.conf.broker_url.startswith("redis"):
        options |= {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    connection: Connection
    with app.connection_for_write(
        connect_timeout=seconds, transport_options=options
    ) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=seconds)
        yield connection


@contextmanager
def inspect(seconds: float):
    """Give an `inspect` that waits `seconds` for the workers' answers."""
    with broker(seconds) as connection:
        yield app.control.inspect(timeout=seconds, connection=connection)


def active_jobs(seconds: float = 0.5) -> list[dict]:
    """Return the tasks that are running now, as their workers describe them.

    Workers that do not answer within the time are left out; OperationalError is
    raised if the broker does not.
    """
    with inspect(seconds) as ask:
        answers = ask.active() or {}
    return [
        {**job, "worker": worker}
        for worker, jobs in sorted(answers.items())
        for job in jobs
    ]
