"""The health check /healthz and the readiness check /readyz."""

from threading import Event

import pytest

from delivery.broker import OperationalError
from monitor import readiness
from tools.waiting import until


def test_healthz_uses_neither_broker_nor_database(client, no_broker, settings):
    settings.LOGIN_REQUIRED = True  # probes do not log in
    response = client.get("/healthz")  # without the mark django_db, a query would fail
    assert (response.status_code, response.text) == (200, "ok\n")
    assert "no-store" in response["Cache-Control"]
    assert client.post("/healthz").status_code == 405


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_ready_with_database_broker_and_workers(client, stack, settings):
    settings.LOGIN_REQUIRED = True
    with stack.worker():
        # On a busy machine, a worker may reply too late.
        until(lambda: client.get("/readyz").json() == {"status": "ready"})


def not_ready(client):
    """Check that readyz returns a problem, and return the errors by part."""
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert response["Retry-After"] == "5"
    assert "redis://" not in response.text
    return {error["field"]: error["detail"] for error in response.json()["errors"]}


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_queue_without_a_worker(client, stack):
    both = {"workers": "no worker consumes the queue celery or slow"}
    until(lambda: not_ready(client) == both)  # a busy broker may reply too late
    with stack.worker("-Q", "celery"):
        one = {"workers": "no worker consumes the queue slow"}
        until(lambda: not_ready(client) == one)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down(client, no_broker):
    assert not_ready(client) == {"broker": "no answer"}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_down(client, no_broker, monkeypatch):
    class Unreachable:
        def cursor(self):
            raise RuntimeError("postgres://user:word@host is unreachable")

        def close(self):
            pass

    monkeypatch.setattr(readiness, "connection", Unreachable())
    assert not_ready(client) == {"broker": "no answer", "database": "no answer"}


@pytest.mark.django_db(transaction=True)
def test_a_check_that_hangs_has_a_time_limit(client, monkeypatch):
    answered = Event()

    def hang(seconds):
        assert answered.wait(60)  # much longer than the limit of readyz
        raise OperationalError

    monkeypatch.setattr(readiness, "overview", hang)
    assert not_ready(client) == {"broker": "no answer within 1 s"}
    answered.set()
