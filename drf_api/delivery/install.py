"""Enable this package for a Celery app. celery.py calls `install` once."""

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES


def install(app: Celery) -> None:
    """Set the backend, the request class, the transports and the signal handlers."""
    # kombu selects the transport class by the scheme of the broker URL.
    TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = (
        "delivery.transport:RedisTransport"
    )
    TRANSPORT_ALIASES["amqp"] = "delivery.transport:RabbitTransport"
    TRANSPORT_ALIASES["amqps"] = "delivery.transport:RabbitTLSTransport"
    # The environment variable CELERY_RESULT_BACKEND would override a setting, and the
    # results would not reach Django's table.
    app.backend_cls = "delivery.results.FinalResults"
    app.Task.Request = "delivery.request:Request"  # of tasks without our base classes
    worker_init.connect(wait_for_broker)
    worker_init.connect(keep_database_connection)


def wait_for_broker(sender, **_):
    """Make a worker retry publishing for about 25 seconds.

    A web process retries only once and returns 503. A worker publishes the next step
    before it stores the current result. Without retries, an outage of the broker would
    fail the run although the current step has done its work.
    """
    sender.app.conf.task_publish_retry_policy = {
        "max_retries": 30,
        "interval_start": 0.1,
        "interval_step": 0.1,
        "interval_max": 1,
    }


def keep_database_connection(**_):
    """Check the database connection before each task, as Django does for requests.

    If CELERY_DB_REUSE_MAX is set, a worker keeps its connection. Otherwise, Celery 5.7
    closes the connection before and after each task.
    """
    task_prerun.connect(check_database_connection)


def check_database_connection(**_):
    """Close a connection that is broken or too old."""
    close_old_connections()
