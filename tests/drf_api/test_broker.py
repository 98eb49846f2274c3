"""Requests while the broker is unreachable, unresponsive or failing."""

import socket
import time

import pytest
from kombu import Producer
from kombu.exceptions import OperationalError

from delivery.broker import broker as connected
from sprout.broker import Broker
from tests.support.drf_api import assert_problem, connect_to
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)

RUN = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}
SENDS = [  # operations that publish messages, with their data
    ("/", RUN, "json"),
    ("/api/runs/", RUN, "json"),
    ("/jobs/sample/", {}, "json"),
    ("/jobs/", {"name": "letters", "key": "mail"}, "multipart"),
    ("/people/new/", {"count": 50}, "multipart"),
    ("/runs/start/", {"testcase": "ESG-TC02", "div": [4, 2], "mul": 3}, "multipart"),
]
all_publishers = pytest.mark.parametrize(("path", "data", "kind"), SENDS)


@pytest.fixture
def silent_broker(monkeypatch, broker):
    """Publish to a program that accepts connections but never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect_to(f"redis://127.0.0.1:{server.getsockname()[1]}/0", monkeypatch)
        yield
    connect_to(broker.url(9), monkeypatch)


@pytest.mark.stack
def test_a_silent_broker_is_503(api, silent_broker):
    began = time.monotonic()
    assert_problem(api.post("/api/runs/", RUN), 503)
    assert time.monotonic() - began < 30
    assert Run.objects.full().get().state == "failed"


@all_publishers
def test_a_connection_that_broke_in_the_pool_is_503(api, monkeypatch, path, data, kind):
    # If a pooled connection breaks, kombu returns a producer without a connection.
    monkeypatch.setattr(Producer, "connection", None)
    assert api.post(path, data, format=kind).status_code == 503


@all_publishers
def test_a_bug_is_not_reported_as_an_outage(api, monkeypatch, path, data, kind):
    def mistaken(*_, **__):
        raise AttributeError("a misspelt name")

    monkeypatch.setattr("celery.app.task.Task.apply_async", mistaken)
    monkeypatch.setattr("celery.canvas._chain.apply_async", mistaken)
    with pytest.raises(AttributeError, match="a misspelt name"):
        api.post(path, data, format=kind)


@pytest.mark.stack
def test_a_broker_that_stops_after_it_has_answered(monkeypatch, broker):
    with Broker() as mortal:
        connect_to(mortal.url(), monkeypatch)
        with pytest.raises(OperationalError), connected(0.5) as connection:
            mortal.stop()
            connection.default_channel.queue_declare("celery", passive=True)
    connect_to(broker.url(9), monkeypatch)
