"""Day 7: arguments at run time (row A7)."""

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
    states = [line for line in client.stdout.splitlines() if "SUCCESS" in line]
    assert len(states) == 12
    assert client.stdout.splitlines()[-6:] == [
        "diamond = {'total_result': 20.0}",
        "with_parameter = {'sub_result': 10.0}",
        "with_stamp = {'sub_result': 10.0}",
        "refused, nothing sent: sub needs a list of one number in job_data, not None",
        "refused, nothing sent: add needs a list of two numbers in job_data, not [4]",
        "refused, nothing sent: no task is called 'pow': try add, sub, mul, div,"
        " unsteady_add",
    ]


def test_results_travel_as_dicts_and_job_data_as_a_parameter_or_a_stamp(client, day7):
    log = day7.worker.log()
    with_parameter = "start: args=[{'div_result': 2.0}] kwargs={'job_data': {"
    with_stamp = "start: args=[{'div_result': 2.0}] kwargs={}"
    assert log.count(with_parameter) == 1
    assert log.count(with_stamp) == 1


@pytest.mark.parametrize("build", ["with_parameter", "with_stamp"])
def test_any_steps_in_any_order(day7, build):
    code = (
        "import workflows\n"
        f"workflow = workflows.{build}(['sub', 'unsteady_add', 'div'],\n"
        "    {'sub': [9, 4], 'unsteady_add': [1], 'div': [3]})\n"
        "print(workflow.apply_async().get(timeout=60))"
    )
    assert day7.python(code) == "{'div_result': 2.0}\n"


def test_a_failure_is_logged_and_what_waits_for_it_is_skipped(day7):
    code = (
        "import follow, json, workflows\n"
        "workflow = workflows.with_stamp(['div', 'mul'], {'div': [4, 0], 'mul': [1]})\n"
        "result = workflow.apply_async()\n"
        "run = {'workflow': 'w', 'names': ['div', 'mul']}\n"
        "run['result'] = result.as_tuple()\n"
        "follow.SAVED = follow.HERE / 'failed.json'\n"
        "follow.SAVED.write_text(json.dumps([run]))\n"
        "print(repr(result.get(timeout=30, propagate=False)))\n"
        "follow.main()"
    )
    printed = [line.split() for line in day7.python(code).splitlines()]
    assert printed[0] == ["ZeroDivisionError('division", "by", "zero')"]
    assert printed[2:] == [["w", "div", "FAILURE"], ["w", "mul", "SKIPPED"]]
    assert day7.wait_for_log(r"failure: ZeroDivisionError\('division by zero'\)")


def test_yesterdays_tools_still_follow_and_ask_flower(client, day7, flower):
    def succeeded(*command):
        done = day7.run("python", *command)
        assert done.stderr == ""
        return done.stdout.count("SUCCESS")

    assert succeeded("follow.py") == 12
    # The last events may still be on their way.
    until(lambda: succeeded("via_flower.py", flower) == 12)


@pytest.mark.any_broker
def test_yesterdays_tools_still_say_what_is_wrong(client, day7, tmp_path):
    with dead_port() as port:
        done = day7.run("python", "via_flower.py", f"http://127.0.0.1:{port}")
    assert done.stderr.startswith(f"No Flower at http://127.0.0.1:{port}")
    for closed in run_flower(day7, {}):
        done = day7.run("python", "via_flower.py", closed)
        assert done.stderr.startswith("Flower answers 401")
    code = (
        "import follow, json\n"
        "follow.SAVED = follow.HERE / 'lost.json'\n"
        "lost = [['no-such-id', None], None]\n"
        "run = {'workflow': 'w', 'names': ['n'], 'result': lost}\n"
        "follow.SAVED.write_text(json.dumps([run]))\n"
    )
    day7.python(code)
    done = day7.run("python", "-c", code + "follow.main(seconds=0.5)")
    assert done.stderr.startswith("Not done after 0.5 seconds")
    # Flower has not seen that one either.
    for url in run_flower(day7, {"FLOWER_UNAUTHENTICATED_API": "true"}):
        code += f"import sys; sys.argv = ['', {url!r}]; import via_flower"
        assert "(not seen)" in day7.python(code)
    fresh = Lesson(copy_day("day7", tmp_path), day7.urls, day7.worker)
    done = fresh.run("python", "follow.py")
    assert done.stderr.startswith("runs.json is not there yet")


WRONG = {
    f"[], {JOB_DATA}": "a workflow needs a step: one of add, sub, mul, div",
    f"['pow'], {JOB_DATA}": "no task is called 'pow'",
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


@pytest.mark.any_broker
@pytest.mark.parametrize("build", ["with_parameter", "with_stamp"])
def test_wrong_job_data_is_refused_before_anything_is_sent(day7, client, build):
    code = (
        "import workflows\n"
        f"for steps, job_data in [{', '.join(f'({wrong})' for wrong in WRONG)}]:\n"
        f"    try: workflows.{build}(steps, job_data).apply_async()\n"
        "    except ValueError as error: print(error)"
    )
    received = day7.worker.log().count("received")
    refusals = day7.python(code).splitlines()
    for refusal, message in zip(refusals, WRONG.values(), strict=True):
        assert refusal.startswith(message)
    assert day7.worker.log().count("received") == received
