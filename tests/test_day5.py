"""Day 5: a base class that logs, tasks with names, and retries."""

import re
from collections import Counter

import pytest

from tests.support.days import lesson, registered

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def day5(urls):
    yield from lesson("day5", urls)


@pytest.fixture(scope="module")
def client(day5):
    return day5.run("python", "client.py")


def logged(lesson, name, arguments):
    """Return the lines that the task with these arguments logged."""
    start = rf"{name}\[(\S+)\]: start: args={re.escape(arguments)} kwargs={{}}"
    task_id = lesson.wait_for_log(start)[0]
    lesson.wait_for_log(rf"{name}\[{task_id}\]: end: ")
    return re.findall(rf"{name}\[{task_id}\]: (.+)", lesson.worker.log())


def test_the_client_calls_tasks_by_name(client):
    assert client.stderr == ""
    assert client.stdout.splitlines() == [
        "division-of-two-numbers(4, 2) = 2.0",
        "division-of-two-numbers(4, 0): ZeroDivisionError('division by zero')",
        "sum-at-the-third-try(4, 2) = 6",
    ]


@pytest.mark.any_broker
def test_the_client_has_not_imported_any_task(day5):
    code = (
        "import runpy, sys\n"
        "runpy.run_path('client.py')\n"
        "print([name for name in sys.modules if name.startswith('taskrunner.tasks')])"
    )
    assert day5.python(code).splitlines()[-1] == "[]"


def test_the_tasks_are_registered_under_explicit_names(day5):
    assert registered(day5.worker.log()) == [
        "diff-of-two-numbers",
        "division-of-two-numbers",
        "product-of-two-numbers",
        "sum-at-the-third-try",
        "sum-of-many-numbers",
        "sum-of-two-numbers",
    ]


def test_a_success_is_logged(client, day5):
    assert logged(day5, "division-of-two-numbers", "[4, 2]") == [
        "start: args=[4, 2] kwargs={}",
        "success: 2.0",
        "end: SUCCESS",
    ]


def test_a_failure_is_logged_with_its_error(client, day5):
    assert logged(day5, "division-of-two-numbers", "[4, 0]") == [
        "start: args=[4, 0] kwargs={}",
        "failure: ZeroDivisionError('division by zero')",
        "end: FAILURE",
    ]


def test_each_try_of_a_retried_task_is_logged(client, day5):
    lines = logged(day5, "sum-at-the-third-try", "[4, 2]")
    # If a wait is zero, the next try can begin before the previous try logs "retry".
    assert Counter(lines) == {
        "start: args=[4, 2] kwargs={}": 3,
        "request sent": 3,
        "retry: ConnectionError('no answer')": 2,
        "success: 6": 1,
        "end: SUCCESS": 1,
    }
    assert lines[:2] == ["start: args=[4, 2] kwargs={}", "request sent"]
    assert lines[-2:] == ["success: 6", "end: SUCCESS"]
    waits = day5.wait_for_log(r"Retry in (\d)s: ConnectionError", 2)
    # The waits are at most one and two seconds, because Celery adds jitter by default.
    assert int(waits[0]) <= 1
    assert int(waits[1]) <= 2


@pytest.mark.any_broker
def test_every_task_of_the_day_has_the_base_class(day5):
    code = (
        "from taskrunner.base import LoggedTask\n"
        "from taskrunner.celery import app\n"
        "app.loader.import_default_modules()\n"
        "ours = [t for n, t in app.tasks.items() if not n.startswith('celery.')]\n"
        "print(len(ours), all(isinstance(task, LoggedTask) for task in ours))"
    )
    assert day5.python(code) == "6 True\n"


def test_yesterdays_workflows_run_with_the_base_class(day5):
    code = (
        "import workflows\n"
        "started = [build().apply_async() for build in (workflows.diamond,\n"
        "    workflows.serial, workflows.parallel, workflows.independent)]\n"
        "for result in started:\n"
        "    print(result.get(timeout=30))"
    )
    assert day5.python(code).splitlines() == ["20.0", "10.0", "[6, 2, 8, 2.0]", "15"]
