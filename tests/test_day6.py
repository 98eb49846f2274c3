"""Day 6: the status of a whole workflow."""

import json

import pytest
import redis as redis_client

from sprout.process import Process
from tests.support.days import PROGRAMS, Lesson, copy_day, lesson, run_flower
from tools.waiting import dead_port, until

pytestmark = pytest.mark.stack

TABLE = """\
 workflow  task                     state
 diamond   sum-of-two-numbers       SUCCESS
 diamond   product-of-two-numbers   SUCCESS
 diamond   division-of-two-numbers  SUCCESS
 diamond   sum-of-many-numbers      SUCCESS
 serial    division-of-two-numbers  SUCCESS
 serial    product-of-two-numbers   SUCCESS
 serial    sum-of-two-numbers       SUCCESS
 serial    diff-of-two-numbers      SUCCESS
 parallel  sum-of-two-numbers       SUCCESS
 parallel  diff-of-two-numbers      SUCCESS
 parallel  product-of-two-numbers   SUCCESS
 parallel  division-of-two-numbers  SUCCESS
 broken    sum-of-two-numbers       SUCCESS
 broken    division-of-two-numbers  FAILURE
 broken    product-of-two-numbers   SKIPPED
 broken    diff-of-two-numbers      SKIPPED
"""


def rows(printed):
    """Return the lines without trailing spaces."""
    return [line.rstrip() for line in printed.splitlines()]


@pytest.fixture(scope="module")
def day6(urls, tmp_path_factory):
    """A copy of the day, because its client saves a file in the day's folder."""
    folder = copy_day("day6", tmp_path_factory.mktemp("copy"))
    for running in lesson("day6", urls):
        yield Lesson(folder, urls, running.worker)


@pytest.fixture(scope="module")
def flower(day6):
    """Start Flower with an unauthenticated API. Return its URL."""
    yield from run_flower(day6, {"FLOWER_UNAUTHENTICATED_API": "true"})


@pytest.fixture(scope="module")
def client(day6, flower):
    return day6.run("python", "client.py")


def test_the_client_saves_the_ids_and_shows_all_states(client):
    assert client.stderr == ""
    assert rows(client.stdout) == [
        "saved: runs.json",
        "diamond = 20.0",
        "serial = 10.0",
        "parallel = [6, 2, 8, 2.0]",
        "broken = ZeroDivisionError('division by zero')",
        *TABLE.splitlines(),
    ]


def test_a_saved_run_can_be_followed_later(client, day6):
    follower = day6.run("python", "follow.py")
    assert follower.stderr == ""
    assert rows(follower.stdout) == TABLE.splitlines()


@pytest.mark.any_broker
def test_following_draws_the_table_live_on_a_terminal(client, day6):
    # FORCE_COLOR makes rich redraw the table, so the output contains earlier states.
    env = {
        **day6.worker.urls,
        "PYTHONPATH": str(day6.folder),
        "FORCE_COLOR": "1",
        "TTY_COMPATIBLE": "1",
        "TERM": "xterm",
    }
    command = ["python", str(PROGRAMS / "follow_live.py")]
    with Process(command, cwd=day6.folder, env=env) as process:
        assert process.wait(60) == 0, process.log()
        printed = process.log()
    assert "\x1b[" in printed
    for state in ("PENDING", "STARTED", "SUCCESS"):
        assert state in printed


@pytest.mark.any_broker
def test_following_without_a_saved_run_prints_the_solution(day6, tmp_path):
    fresh = Lesson(copy_day("day6", tmp_path), day6.urls, day6.worker)
    done = fresh.run("python", "follow.py")
    assert done.returncode == 1
    assert done.stderr == "runs.json does not exist yet. Run client.py first.\n"


@pytest.mark.any_broker
def test_following_stops_after_the_timeout(day6):
    done = day6.program("follow_lost.py")
    assert done.returncode == 1
    assert "Not finished after 0.5 seconds. Is a worker" in done.stderr


WORKFLOWS = {
    "workflows.independent()": "add:SUCCESS mul:SUCCESS",
    "add.s(1, 2) | app.signature('sum-at-the-third-try', [3])": (
        "add:SUCCESS sum-at-the-third-try:SUCCESS"
    ),
    "chain(add.s(1, 2), group(mul.s(2) | sub.s(1), div.s(2)), total.s()) | add.s(1)": (
        "add:SUCCESS mul:SUCCESS sub:SUCCESS div:SUCCESS total:SUCCESS add:SUCCESS"
    ),
    "chain(add.s(1, 2), group(mul.s(2), div.s(0)), total.s())": (
        "add:SUCCESS mul:SUCCESS div:FAILURE total:SKIPPED"
    ),
    "chain(div.s(1, 0), group(mul.s(2), add.s(3)), total.s())": (
        "div:FAILURE mul:SKIPPED add:SKIPPED total:SKIPPED"
    ),
    "group(div.s(1, 0) | mul.s(2), add.s(1, 2))": (
        "div:FAILURE mul:SKIPPED add:SUCCESS"
    ),
    "chain(group(add.s(4, 2), sub.s(4, 2)), total.s(), mul.s(2))": (
        "add:SUCCESS sub:SUCCESS total:SUCCESS mul:SUCCESS"
    ),
    "chain(add.s(1, 2), app.signature('no-such-task'), mul.s(3))": (
        "add:SUCCESS no-such-task:FAILURE mul:SKIPPED"
    ),
}
SHORT = {
    "sum-of-two-numbers": "add",
    "diff-of-two-numbers": "sub",
    "product-of-two-numbers": "mul",
    "division-of-two-numbers": "div",
    "sum-of-many-numbers": "total",
}


@pytest.fixture(scope="module")
def walked(day6):
    """Run all WORKFLOWS in parallel. Return the names and final states of the tasks."""
    # Ignore stderr, because unread results can print an error when Python exits.
    done = day6.program("walk.py", stdin=json.dumps(list(WORKFLOWS)), timeout=90)
    assert done.returncode == 0, done.stderr
    return dict(zip(WORKFLOWS, zip(*json.loads(done.stdout), strict=True), strict=True))


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_task_is_listed_in_order_with_its_state(walked, workflow):
    pairs = zip(*walked[workflow], strict=True)
    found = [f"{SHORT.get(name, name)}:{state}" for name, state in pairs]
    assert " ".join(found) == WORKFLOWS[workflow]


@pytest.mark.any_broker
def test_each_state_takes_one_backend_request(client, day6):
    def asked():
        return backend.info("commandstats")["cmdstat_get"]["calls"]

    code = "import follow; from status import states; states(follow.load())"
    with redis_client.Redis.from_url(day6.urls.results) as backend:
        before = asked()
        day6.python(code)
        # Two of the 16 tasks are skipped. The worker might send a request, too.
        assert asked() - before in (14, 15)


@pytest.mark.any_broker
@pytest.mark.parametrize("part", ["add.s(1, 2)", "total.chunks([[1]], 1)"])
def test_workflows_without_unique_ids_are_rejected_before_sending(day6, part):
    code = (
        "from celery import group\n"
        "from status import prepare\n"
        "from taskrunner.tasks.addition.sums import add\n"
        "from taskrunner.tasks.addition.totals import total\n"
        f"part = {part}\n"
        "try: prepare('w', group(part, part))\n"
        "except ValueError as error: print(error)"
    )
    assert "is used twice or is chunks()" in day6.python(code)


@pytest.mark.any_broker
def test_a_group_that_celery_would_not_wait_for_is_rejected(day6):
    # tests/test_day6_shapes.py contains other workflows that `prepare` rejects.
    printed = day6.program("refused.py").stdout
    assert printed.count("would not wait for the group before it") == 2


def test_flower_reports_the_same_states(client, day6, flower):
    expected = TABLE.replace("SKIPPED", "(not seen)").splitlines()

    def printed():
        done = day6.run("python", "via_flower.py", flower)
        assert done.stderr == ""
        return rows(done.stdout)

    until(lambda: printed() == expected)  # The last events might arrive later.


@pytest.mark.any_broker
def test_flower_rejects_requests_without_its_setting(client, day6):
    for url in run_flower(day6, {}):
        done = day6.run("python", "via_flower.py", url)
    assert done.returncode == 1
    assert done.stderr.startswith("Flower answers 401: FLOWER_UNAUTHENTICATED_API")


@pytest.mark.any_broker
def test_a_missing_flower_prints_one_sentence(client, day6):
    with dead_port() as port:
        done = day6.run("python", "via_flower.py", f"http://127.0.0.1:{port}")
    assert done.returncode == 1
    assert done.stderr.startswith("No Flower at http://127.0.0.1:")
    assert "Traceback" not in done.stderr
