"""Switch the guarantees of this package on for a Celery app: one call in celery.py."""

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES


def install(app: Celery) -> None:
    """Give the app our results, our transports and a patient worker."""
    # Which class speaks to a broker, by the scheme of its URL. See transport.py.
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = (
        "delivery.transport:RedisTransport"
    )
    TRANSPORT_ALIASES["amqp"] = "delivery.transport:RabbitTransport"
    TRANSPORT_ALIASES["amqps"] = "delivery.transport:RabbitTLSTransport"
    # An environment variable CELERY_RESULT_BACKEND would override a setting. Results
    # would then be missing in Django's table.
    app.backend_cls = "delivery.results.FinalResults"
    worker_init.connect(wait_for_broker)
    worker_init.connect(keep_database_connection)


def wait_for_broker(sender, **_):
    """Make a worker wait 25 seconds for its broker, where the web answers 503 at once.

    A task sends the next step before it stores its own result. If the worker gave up,
    the run would fail although its step had done its work.
    """
    sender.app.conf.task_publish_retry_policy = {
        "max_retries": 30,
        "interval_start": 0.1,
        "interval_step": 0.1,
        "interval_max": 1,
    }


def keep_database_connection(**_):
    """Check the connection before each task, as Django does before each request.

    With CELERY_DB_REUSE_MAX a worker keeps it. Without, Celery 5.7 closes it before and
    after every task, and CONN_MAX_AGE means nothing.
    """
    task_prerun.connect(check_database_connection)


def check_database_connection(**_):
    """Close a connection that is broken or too old, as Django does by request."""
    close_old_connections()
