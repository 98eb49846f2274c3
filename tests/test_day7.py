"""Day 7: workflows built from data."""

import pytest

from tests.support.days import Lesson, copy_day, lesson, run_flower
from tools.waiting import dead_port, until

pytestmark = pytest.mark.stack

STEPS = ["div", "mul", "add", "sub"]
JOB_DATA = {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]}


@pytest.fixture(scope="module")
def day7(urls, tmp_path_factory):
    folder = copy_day("day7", tmp_path_factory.mktemp("copy"))
    for running in lesson("day7", urls):
        yield Lesson(folder, urls, running.worker)


@pytest.fixture(scope="module")
def flower(day7):
    yield from run_flower(day7, {"FLOWER_UNAUTHENTICATED_API": "true"})


@pytest.fixture(scope="module")
def client(day7, flower):
    return day7.run("python", "client.py")


def test_the_client_builds_workflows_from_data(client):
    assert client.stderr == ""
    lines = client.stdout.splitlines()
    assert lines[1:5] == [
        "from_data = 10.0",
        "named_serial = {'sub_result': 10.0}",
        "named_diamond = {'total_result': 10.0}",
        "stamped = 6.0",
    ]
    assert len([line for line in lines if "SUCCESS" in line]) == 14
    assert lines[-3:] == [
        "refused, nothing sent: sub needs a list of one number in job_data, not None",
        "refused, nothing sent: add needs a list of two numbers in job_data, not [4]",
        "refused, nothing sent: unknown task 'pow', use one of add, sub, mul, div,"
        " unsteady_add",
    ]


def test_results_are_passed_as_numbers_or_dicts(client, day7):
    log = day7.worker.log()
    assert "product-of-two-numbers" in log
    assert "start: args=[2.0, 3] kwargs={}" in log
    assert "start: args=[{'div_result': 2.0}] kwargs={'job_data': {" in log


@pytest.mark.parametrize("build", ["from_data", "stamped"])
def test_steps_can_be_in_any_order(day7, build):
    asked = ", 'anna'" if build == "stamped" else ""
    code = (
        "import workflows\n"
        f"workflow = workflows.{build}(['sub', 'unsteady_add', 'div'],\n"
        f"    {{'sub': [9, 4], 'unsteady_add': [1], 'div': [3]}}{asked})\n"
        "print(workflow.apply_async().get(timeout=60))"
    )
    assert day7.python(code) == "2.0\n"


def test_a_stamp_is_on_every_message_including_retries(day7):
    code = (
        "import workflows\n"
        "workflow = workflows.stamped(['unsteady_add', 'sub'],\n"
        "    {'unsteady_add': [4, 2], 'sub': [1]}, 'bert')\n"
        "print(workflow.apply_async().get(timeout=60))"
    )
    assert day7.python(code) == "5\n"
    # The first task runs three times, and the second task runs once.
    day7.wait_for_log(r"stamps: \{'requested_by': 'bert'\}", 4)


def test_two_results_with_one_name_are_an_error(day7):
    assert day7.program("same_name_twice.py").stdout == (
        "ValueError('Two values are named mul_result: 6.0 and 10.0."
        " Return a different name from one of the tasks.')\n"
    )


@pytest.mark.any_broker
def test_plain_tasks_check_their_arguments_in_the_client(day7):
    code = (
        "from taskrunner.tasks.addition.sums import add\n"
        "try: add.delay(4)\n"
        "except TypeError as error: print(error)"
    )
    assert "missing 1 required positional argument: 'y'" in day7.python(code)


@pytest.mark.any_broker
@pytest.mark.parametrize("requested_by", ["'x' * 101", "None", "{'name': 'anna'}"])
def test_a_stamp_must_be_a_short_string(day7, requested_by):
    code = (
        "import workflows\n"
        f"try: workflows.stamped(['add'], {{'add': [4, 2]}}, {requested_by})\n"
        "except ValueError as error: print(error)"
    )
    refusal = "requested_by must be a string of at most 100 characters\n"
    assert day7.python(code) == refusal


def test_a_failure_is_logged_and_later_tasks_are_skipped(day7):
    code = (
        "import workflows\n"
        "from status import prepare, states\n"
        "workflow = workflows.from_data(['div', 'mul'], {'div': [4, 0], 'mul': [1]})\n"
        "tasks = prepare('w', workflow)\n"
        "print(repr(workflow.apply_async().get(timeout=30, propagate=False)))\n"
        "print(states(tasks))"
    )
    assert day7.python(code).splitlines() == [
        "ZeroDivisionError('division by zero')",
        "['FAILURE', 'SKIPPED']",
    ]
    assert day7.wait_for_log(r"failure: ZeroDivisionError\('division by zero'\)")


def test_yesterdays_workflows_still_run(day7):
    code = (
        "import workflows\n"
        "started = [build().apply_async() for build in (workflows.diamond,\n"
        "    workflows.serial, workflows.parallel, workflows.independent,\n"
        "    workflows.broken)]\n"
        "for result in started:\n"
        "    print(repr(result.get(timeout=30, propagate=False)))"
    )
    assert day7.python(code).splitlines() == [
        "20.0",
        "10.0",
        "[6, 2, 8, 2.0]",
        "15",
        "ZeroDivisionError('division by zero')",
    ]


@pytest.mark.any_broker
def test_yesterdays_prepare_still_rejects_invalid_workflows(day7):
    refusals = day7.program("refused.py").stdout.splitlines()
    assert "would not wait for the group before it" in refusals[1]
    assert "is used twice or is chunks()" in refusals[2]


def test_yesterdays_tools_still_show_the_states(client, day7, flower):
    def succeeded(*command):
        done = day7.run("python", *command)
        assert done.stderr == ""
        return done.stdout.count("SUCCESS")

    assert succeeded("follow.py") == 14
    # The last events might arrive later.
    until(lambda: succeeded("via_flower.py", flower) == 14)


@pytest.mark.any_broker
def test_yesterdays_tools_still_report_errors(client, day7, tmp_path):
    with dead_port() as port:
        done = day7.run("python", "via_flower.py", f"http://127.0.0.1:{port}")
    assert done.stderr.startswith(f"No Flower at http://127.0.0.1:{port}")
    for closed in run_flower(day7, {}):
        done = day7.run("python", "via_flower.py", closed)
        assert done.stderr.startswith("Flower answers 401")
    done = day7.program("follow_lost.py")
    assert done.stderr.startswith("Not finished after 0.5 seconds")
    # Flower has not seen a task that was never sent.
    for url in run_flower(day7, {"FLOWER_UNAUTHENTICATED_API": "true"}):
        assert "(not seen)" in day7.program("follow_lost.py", url).stdout
    fresh = Lesson(copy_day("day7", tmp_path), day7.urls, day7.worker)
    done = fresh.run("python", "follow.py")
    assert done.stderr.startswith("runs.json does not exist yet")


WRONG = {
    f"[], {JOB_DATA}": "a workflow needs at least one step: add, sub, mul, div",
    f"['pow'], {JOB_DATA}": "unknown task 'pow'",
    f"{STEPS}, {{}}": "div needs a list of two numbers in job_data, not None",
    f"{STEPS}, {JOB_DATA | {'div': [4]}}": "div needs a list of two numbers",
    f"{STEPS}, {JOB_DATA | {'mul': [3, 4]}}": "mul needs a list of one number",
    f"{STEPS}, {JOB_DATA | {'mul': ['3']}}": "mul needs a list of one number",
    f"{STEPS}, {JOB_DATA | {'mul': [True]}}": "mul needs a list of one number",
    f"{STEPS}, {JOB_DATA | {'mul': 3}}": "mul needs a list of one number",
    f"{STEPS}, None": "div needs a list of two numbers",
    f"{STEPS}, [4, 2]": "div needs a list of two numbers",
    f"{STEPS}, '{{}}'": "div needs a list of two numbers",
    f"['div', 'div'], {JOB_DATA}": "div needs a list of one number",
}


BUILDERS = {
    "from_data": "workflows.from_data(steps, job_data)",
    "stamped": "workflows.stamped(steps, job_data, 'anna')",
}


@pytest.mark.any_broker
@pytest.mark.parametrize("build", BUILDERS)
def test_wrong_job_data_is_rejected_before_sending(day7, client, build):
    code = (
        "import workflows\n"
        f"for steps, job_data in [{', '.join(f'({wrong})' for wrong in WRONG)}]:\n"
        f"    try: {BUILDERS[build]}.apply_async()\n"
        "    except ValueError as error: print(error)"
    )
    received = day7.worker.log().count("received")
    refusals = day7.python(code).splitlines()
    for refusal, message in zip(refusals, WRONG.values(), strict=True):
        assert refusal.startswith(message)
    assert day7.worker.log().count("received") == received


@pytest.mark.any_broker
@pytest.mark.parametrize("build", ["named_serial", "named_diamond"])
def test_the_named_workflows_check_their_data_in_the_client(day7, build):
    code = (
        "import workflows\n"
        f"try: workflows.{build}({{'div': [4, 2], 'mul': ['3']}})\n"
        "except ValueError as error: print(error)"
    )
    refusal = "mul needs a list of one number in job_data, not ['3']\n"
    assert day7.python(code) == refusal
