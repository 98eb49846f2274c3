"""The real stack of web server, broker and workers."""

import json
import os
import shutil
import signal
import time

import psutil
import pytest

from sprout.broker import Broker
from tests.support.application import LINES, site

pytestmark = pytest.mark.stack

TC01 = {"div": [4, 2], "mul": [3], "add": [6], "sub": [2]}
TC02 = {"div": [4, 2], "mul": [3]}


@pytest.fixture(scope="module")
def stack(redis, tmp_path_factory):
    """Serve the application with a worker that has two pool processes."""
    folder = tmp_path_factory.mktemp("stack")
    with (
        site(redis.url(10), folder, STEP_SECONDS="0.4") as served,
        served.worker("-c", "2"),
    ):
        yield served


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Serve the application without a worker, on a separate broker."""
    with Broker() as broker, site(broker.url(), tmp_path_factory.mktemp("a")) as served:
        served.broker = broker
        yield served


@pytest.mark.skipif(
    not shutil.which("curl"), reason="curl is missing. Run `apt-get install curl`."
)
@pytest.mark.parametrize(
    ("testcase", "results"),
    [
        ("ESG-TC01", [2.0, 6.0, 12.0, 10.0]),
        ("ESG-TC02", [2.0, 6.0]),
        ("ESG-TC03", [6, 3]),
    ],
)
def test_the_two_curl_examples(stack, testcase, results):
    ids = stack.curl(
        f"curl -d 'testcase={testcase}' -d 'job_data={LINES[testcase]}' "
        "-X POST http://localhost:8000"
    )
    assert len(ids) == len(results)
    task_list = json.dumps(ids)
    deadline = time.monotonic() + 30
    states: dict[str, str] = {}
    while set(states.values()) != {"SUCCESS"}:
        assert time.monotonic() < deadline, states
        states = stack.curl(
            f"curl -d 'task_list={task_list}' -X GET http://localhost:8000"
        )
        assert list(states) == ids
        assert set(states.values()) <= {"PENDING", "STARTED", "SUCCESS"}
    run = stack.call("/api/runs/")[1]["results"][0]
    assert [step["task_id"] for step in run["steps"]] == ids
    assert [step["result"] for step in run["steps"]] == results


def test_a_run_passes_through_its_states(alone):
    seen = set()
    # On a busy machine, a request can take longer than short steps.
    with alone.worker("-c", "2", STEP_SECONDS="1"):
        done = alone.follow(
            alone.start("ESG-TC01", TC01),
            lambda run: seen.add(run["state"]) or "retry" in run["links"],
        )
    assert {"running", "succeeded"} <= seen <= {"queued", "running", "succeeded"}
    assert done["percent"] == 100
    ends = [step["finished_at"] for step in done["steps"]]
    assert ends == sorted(ends)


def test_a_failing_run_has_an_error_and_skips_the_rest(stack):
    run = stack.follow(stack.start("ESG-TC01", {**TC01, "div": [4, 0]}))
    assert run["state"] == "failed"
    assert run["error"] == "ZeroDivisionError: division by zero"
    assert [step["state"] for step in run["steps"]] == ["failed"] + 3 * ["skipped"]
    code, body = stack.call(f"/api/runs/{run['id']}/cancel/", method="POST")
    assert (code, body["title"]) == (409, "Conflict")


def test_cancel_during_a_chain_then_retry(alone):
    with alone.worker("-c", "2", STEP_SECONDS="2"):
        run = alone.start("ESG-TC01", TC01)
        alone.follow(run, lambda run: run["percent"] >= 25)
        code, body = alone.call(f"/api/runs/{run['id']}/cancel/", method="POST")
        assert code == 202
        # Between two steps, the cancellation ends the run immediately.
        assert body["state"] in {"cancelling", "cancelled"}
        run = alone.follow(run)
        assert run["state"] == "cancelled"
        # On a busy machine, more steps can end before the cancellation.
        done = run["percent"] // 25
        assert 1 <= done < 4
        states = [step["state"] for step in run["steps"]]
        assert states == done * ["succeeded"] + (4 - done) * ["cancelled"]

        code, new = alone.call(f"/api/runs/{run['id']}/retry/", method="POST")
        assert (code, new["retry_of"]) == (202, run["id"])
        assert alone.follow(new)["state"] == "succeeded"
        assert alone.follow(run)["state"] == "cancelled"


def test_a_result_too_large_for_json_fails_the_step(stack):
    run = stack.start("ESG-TC02", {"div": [1e15, 1e-300], "mul": [1]})
    run = stack.follow(run)
    assert run["error"] == "OverflowError: the result is too large"


def test_cancel_ends_waiting_and_running_tasks(alone):
    waits = alone.start("ESG-TC02", TC02)
    alone.call(f"/api/runs/{waits['id']}/cancel/", method="POST")
    assert alone.follow(waits, bool)["state"] == "cancelling"
    with alone.worker("-c", "1", STEP_SECONDS="8"):
        assert cancelled_steps(alone.follow(waits)) == 2
        runs = alone.start("ESG-TC02", TC02)
        alone.follow(runs, lambda run: run["state"] == "running")
        alone.call(f"/api/runs/{runs['id']}/cancel/", method="POST")
        assert cancelled_steps(alone.follow(runs)) == 2


def cancelled_steps(run) -> int:
    """Check that a run is cancelled, and return the number of cancelled steps."""
    assert run["state"] == "cancelled"
    return [step["state"] for step in run["steps"]].count("cancelled")


def test_a_run_survives_the_death_of_its_worker(alone):
    # Redis redelivers an unacknowledged message after the visibility timeout.
    soon = {"VISIBILITY_TIMEOUT": "11", "TASK_TIME_LIMIT": "10", "STEP_SECONDS": "1.6"}
    with alone.worker("-c", "1", **soon) as first:
        run = alone.start("ESG-TC02", TC02)
        alone.follow(run, lambda run: run["steps"][0]["state"] == "running")
        kill_worker(first)
    assert alone.follow(run, bool)["state"] == "running"
    with alone.worker("-c", "1", **soon):
        run = alone.follow(run, timeout=60)
    assert run["state"] == "succeeded"
    assert [step["result"] for step in run["steps"]] == [2.0, 6.0]


def kill_worker(worker) -> None:
    """Kill a worker's main process with SIGKILL."""
    (main,) = psutil.Process(worker._process._leash.pid).children()
    os.kill(main.pid, signal.SIGKILL)
    psutil.wait_procs([main], timeout=10)


def test_a_killed_broker_leaves_a_failed_run(alone):
    had = len(alone.call("/api/runs/")[1]["results"])
    alone.broker.stop()  # this must be the last test of the module
    before = time.monotonic()
    code, body = alone.call("/api/runs/", {"testcase": "ESG-TC02", "job_data": TC02})
    assert (code, body["title"]) == (503, "Service Unavailable")
    assert time.monotonic() - before < 30
    run, *others = alone.call("/api/runs/")[1]["results"]
    assert len(others) == had
    assert run["state"] == "failed"
    assert run["error"] == "The broker is unreachable. Try again later."
