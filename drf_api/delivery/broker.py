"""Access the broker. If it is unreachable, every function raises OperationalError."""

from contextlib import contextmanager
from traceback import walk_tb

from celery import current_app as app
from kombu import Connection
from kombu.exceptions import OperationalError

__all__ = ["OperationalError", "broker", "publishing", "revoke"]


@contextmanager
def publishing():
    """Raise OperationalError if the broker is unreachable while the block publishes.

    Usually, Celery itself raises OperationalError. If a pooled connection breaks while
    another thread waits for it, kombu 5.7 raises AttributeError instead.
    """
    try:
        yield
    except AttributeError as error:
        *_, (frame, _) = walk_tb(error.__traceback__)
        package = frame.f_globals["__name__"].partition(".")[0]
        if package not in {"amqp", "celery", "kombu"}:
            raise  # an error in the application's own code
        raise OperationalError(str(error)) from error


@contextmanager
def broker(seconds: float):
    """Connect to the broker, or raise OperationalError within about `seconds`.

    Celery's own connection pool would retry for much longer.
    """
    options = dict(app.conf.broker_transport_options)
    if app.conf.broker_url.startswith("redis"):
        options |= {
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "polling_interval": 0.1,  # seconds; close() waits until a poll ends
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


def revoke(ids: list[str], seconds: float = 1.0) -> None:
    """Revoke tasks. Workers terminate the running tasks and skip the waiting tasks.

    Raises OperationalError if the broker is unreachable for about `seconds`.
    """
    with broker(seconds) as connection:
        app.control.revoke(ids, terminate=True, connection=connection)
