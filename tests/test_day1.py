"""Day 1: a package, and the states of a task."""

import pytest
import redis as redis_client

from tests.support.days import lesson

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def day1(urls):
    yield from lesson("day1", urls)


@pytest.fixture(scope="module")
def client(day1):
    return day1.run("python", "client.py")


def test_the_client_prints_every_state_and_the_failure(client):
    error = "unsupported operand type(s) for +: 'int' and 'str'"
    assert client.stderr == ""
    # On a busy machine, the task can start before the client's first request.
    printed = client.stdout.replace("states: STARTED", "states: PENDING, STARTED")
    assert printed.splitlines() == [
        "add(1, 2) = 3 (a plain call, in this process)",
        "states: PENDING, STARTED, SUCCESS",
        "add(2, 2) = 4",
        f"get() raises TypeError: {error}",
        f'get(propagate=False) returns TypeError("{error}")',
        "successful: False state: FAILURE",
        f"the worker's traceback ends: TypeError: {error}",
    ]
    assert client.returncode == 0


def test_the_worker_logs_the_failure(client, day1):
    assert day1.wait_for_log(r"raised unexpected: TypeError\(")


def test_results_expire_within_an_hour(client, day1):
    with redis_client.Redis.from_url(day1.urls.results) as client:
        stored = client.keys("celery-task-meta-*")
        assert len(stored) == 2
        assert all(3500 < client.ttl(key) <= 3600 for key in stored)


@pytest.mark.any_broker
def test_a_wrong_number_of_arguments_is_rejected_before_sending(day1):
    done = day1.run("python", "-c", "from taskrunner.tasks import add; add.delay(1)")
    assert "TypeError: add() missing 1 required positional argument" in done.stderr
