"""Day 4: workflows: chain, group and chord."""

import os
from itertools import pairwise

import pytest

from sprout.recorder import Recorder
from tests.support.days import lesson

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def day4(urls):
    yield from lesson("day4", urls)


@pytest.fixture(scope="module")
def recorded(day4):
    """The client's output, and the tasks that the worker ran for the client."""
    with Recorder(day4.urls.broker) as recorder:
        recorder.watch()
        client = day4.run("python", "client.py")
        spans = recorder.finish(tasks=14)
    assert client.stderr == ""
    return client.stdout.splitlines(), spans


def test_the_client_shows_each_workflow_and_its_result(recorded):
    printed, _ = recorded
    plus, times = "taskrunner.tasks.addition", "taskrunner.tasks.multiplication"
    assert printed == [
        f"serial: {times}.quotients.div(4, 2) | {times}.products.mul(3)"
        f" | {plus}.sums.add(6) | {plus}.sums.sub(2)",
        "  = 10.0",
        f"parallel: group(({plus}.sums.add(4, 2), sub(4, 2),"
        f" {times}.products.mul(4, 2), {times}.quotients.div(4, 2)))",
        "  = [6, 2, 8, 2.0]",
        f"diamond: {plus}.sums.add(4, 2) | %{plus}.totals.total("
        f"({times}.products.mul(3), {times}.quotients.div(3)))",
        "  = 20.0",
        f"independent: {plus}.sums.add(4, 2) | {times}.products.mul(3, 5)",
        "  = 15 (calling a workflow publishes its tasks)",
        f"one task: {plus}.sums.add(4, 2)",
        "  = 6 (calling a signature runs its task in the client)",
    ]


def test_chain_steps_receive_the_previous_result(recorded):
    _, spans = recorded
    serial = spans[:4]
    assert [(span.label, span.arguments, span.result) for span in serial] == [
        ("div", "4, 2", "2.0"),
        ("mul", "2.0, 3", "6.0"),
        ("add", "6.0, 6", "12.0"),
        ("sub", "12.0, 2", "10.0"),
    ]
    for earlier, later in pairwise(serial):
        assert later.tries[0].started > earlier.tries[0].started + 0.5


def test_a_group_runs_in_parallel(recorded):
    _, spans = recorded
    parallel = spans[4:8]
    assert {span.label for span in parallel} == {"add", "sub", "mul", "div"}
    # With two processes, the worker receives all tasks and runs two of them.
    first_end = min(span.end for span in parallel)
    assert all(span.begin < first_end for span in parallel)
    at_once = [span for span in parallel if span.tries[0].started < first_end]
    assert len(at_once) >= min(os.cpu_count(), 2)


def test_the_last_task_of_a_diamond_receives_a_list(recorded):
    _, spans = recorded
    first, *middle, last = spans[8:12]
    assert (first.label, first.result) == ("add", "6")
    assert {(span.label, span.arguments) for span in middle} == {
        ("mul", "6, 3"),
        ("div", "6, 3"),
    }
    assert all(span.begin > first.tries[0].started + 0.5 for span in middle)
    assert (last.label, last.arguments, last.result) == ("total", "[18, 2.0]", "20.0")
    middle_started = max(span.tries[0].started for span in middle)
    assert last.tries[0].started > middle_started + 0.5


def test_an_immutable_signature_ignores_the_previous_result(recorded):
    _, spans = recorded
    assert [(span.label, span.arguments) for span in spans[12:]] == [
        ("add", "4, 2"),
        ("mul", "3, 5"),
    ]


def test_a_workflow_can_contain_workflows(day4):
    code = (
        "import workflows\n"
        "from taskrunner.tasks.addition.sums import add\n"
        "workflow = workflows.diamond() | add.s(1)\n"
        "print(workflow.apply_async().get(timeout=30))"
    )
    assert day4.python(code) == "21.0\n"
