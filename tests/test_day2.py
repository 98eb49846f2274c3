"""Day 2: tasks in several modules, one of which the app does not include."""

import pytest

from tests.support.days import lesson, registered

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def day2(urls):
    yield from lesson("day2", urls)


def test_the_worker_lists_only_tasks_of_included_modules(day2):
    assert registered(day2.worker.log()) == [
        "taskrunner.products.mul",
        "taskrunner.sums.add",
        "taskrunner.sums.sub",
    ]


def test_the_client_receives_not_registered(day2):
    client = day2.run("python", "client.py")
    assert client.stderr == ""
    assert client.stdout.splitlines() == [
        "add(4, 2) = 6",
        "sub(4, 2) = 2",
        "mul(4, 2) = 8",
        "div(4, 2): NotRegistered, 'taskrunner.quotients.div' state: FAILURE",
    ]
    unregistered = "Received unregistered task of type 'taskrunner.quotients.div'"
    assert unregistered in day2.worker.log()


@pytest.mark.any_broker
def test_the_unregistered_task_works_as_a_function(day2):
    assert (
        day2.python("from taskrunner.quotients import div; print(div(4, 2))") == "2.0\n"
    )
