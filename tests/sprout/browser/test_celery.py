"""Celery's worker and client on the page's transport, in real processes."""

import importlib.util
import shutil
import signal
import time
from pathlib import Path

import pytest
from celery import chain, chord, group
from celery.exceptions import TimeoutError as CeleryTimeoutError

from sprout.browser.monitor import Monitor
from tools.waiting import until

pytestmark = pytest.mark.stack

MESSAGE = {"body": "", "properties": {"delivery_tag": "1", "delivery_info": {}}}
PROGRAM = Path(__file__).parent / "programs" / "taskrunner.py"


@pytest.fixture
def folder(tmp_path):
    shutil.copy(PROGRAM, tmp_path)
    return tmp_path


@pytest.fixture
def tasks(client):
    """Import the task module in this process, as a client does."""
    spec = importlib.util.spec_from_file_location("taskrunner", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    module.app.close()


@pytest.fixture
def start(page, folder, request):
    """Return a function that starts a worker. Kill the workers after the test."""

    def begin(name):
        process = page.process(
            folder, "worker", "taskrunner", f"{name}@page", name=name
        )
        started = process.__enter__()
        request.addfinalizer(lambda: process.__exit__(None, None, None))
        log = folder / f"{name}.log"
        until(lambda: "ready." in log.read_text(), 60, f"{name} is ready")
        return started, log

    return begin


def test_groups_and_chords_return_results(start, tasks):
    _, log = start("canvas-one")
    start("canvas-two")
    assert tasks.add.delay(4, 4).get(timeout=30) == 8
    numbers = group(tasks.add.s(n, n) for n in range(4)).apply_async()
    assert numbers.get(timeout=30) == [0, 2, 4, 6]
    header = [tasks.add.s(n, n) for n in range(4)]
    assert chord(header, tasks.total.s()).apply_async().get(timeout=30) == 12
    diamond = chain(
        tasks.add.s(1, 1), group(tasks.add.s(1), tasks.add.s(2)), tasks.total.s()
    )
    assert diamond.apply_async().get(timeout=30) == 7
    text = log.read_text()
    assert "concurrency: 1 (solo)" in text
    # The broker counts chord parts, so the worker does not poll.
    assert "chord_unlock" not in text


def test_a_result_arrives_immediately(start, tasks):
    start("quick")
    tasks.add.delay(1, 1).get(timeout=30)
    waits = []
    for _ in range(5):
        began = time.monotonic()
        tasks.add.delay(1, 1).get(timeout=30)
        waits.append(time.monotonic() - began)
    assert min(waits) < 0.25  # Polling alone would take half a second.


def test_get_raises_a_timeout(tasks):
    with pytest.raises(CeleryTimeoutError):
        tasks.add.delay(1, 1).get(timeout=0.2)
    tasks.app.control.purge()


def test_retries_and_countdowns_work_without_threads(start, tasks):
    _, log = start("timed")
    began = time.time()
    assert tasks.unsteady.delay(5).get(timeout=30) == 5
    assert time.time() - began >= 1
    assert "Retry in 1s" in log.read_text()
    began = time.time()
    assert tasks.add.apply_async((1, 2), countdown=1).get(timeout=30) == 3
    assert time.time() - began >= 1


def test_workers_answer_remote_control(start, tasks):
    start("asked")
    inspect = tasks.app.control.inspect(timeout=10, limit=1)
    assert inspect.ping() == {"asked@page": {"ok": "pong"}}
    assert "taskrunner.add" in inspect.registered()["asked@page"]
    result = tasks.add.apply_async((1, 2), countdown=2)
    until(lambda: inspect.scheduled()["asked@page"], 20, "the task is scheduled")
    result.revoke()
    until(lambda: result.state == "REVOKED", 20, "the task is revoked")


@pytest.mark.parametrize("late", [True, False], ids=["acks-late", "acks-early"])
def test_a_worker_is_killed_during_a_task(start, page, folder, tasks, late):
    process, _ = start(f"doomed-{late}")
    result = (tasks.late if late else tasks.early).delay(str(folder))
    until((folder / f"started-doomed-{late}@page").exists, 30, "the task has started")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert page.release(f"doomed-{late}") == (1 if late else 0)
    (folder / "go").touch()
    start(f"heir-{late}")
    if late:
        assert result.get(timeout=30) == [f"heir-{late}@page", True]
    else:
        # The second worker runs other tasks, and the lost task stays STARTED.
        assert tasks.add.delay(1, 1).get(timeout=30) == 2
        assert result.state == "STARTED"


def test_ctrl_c_waits_for_the_running_task(start, page, folder, tasks):
    process, log = start("polite")
    result = tasks.early.delay(str(folder))
    until((folder / "started-polite@page").exists, 30, "the task has started")
    page.loop.call_soon_threadsafe(page.server.interrupt, "polite")
    (folder / "go").touch()
    assert result.get(timeout=30) == ["polite@page", False]
    assert process.wait(30) == 1  # Celery's exit code after Ctrl-C
    assert "Warm shutdown" in log.read_text()


def test_ctrl_c_stops_an_idle_worker_before_the_next_task(start, page, tasks):
    process, log = start("idle")

    def scene():
        page.server.interrupt("idle")
        page.server.broker.put("celery", MESSAGE)

    page.loop.call_soon_threadsafe(scene)
    assert process.wait(30) == 1
    assert page.broker.size("celery") == 1
    assert "received" not in log.read_text()


def test_the_monitor_draws_celery_events(start, page, tasks):
    monitor = Monitor()
    monitor.server = page.server
    broker = page.server.broker
    broker.declare("sprout.events")
    broker.exchange("celeryev", "topic")
    broker.bind("celeryev", "#", "^.*?$", "sprout.events")
    start("watched")
    tasks.add.delay(4, 2).get(timeout=30)
    until(lambda: "✓ 6" in monitor.draw(), 20, "the timeline shows the result")
    assert "add(4, 2)" in monitor.draw()
    monitor.forget()
    assert "add" not in monitor.draw()
    broker.delete("sprout.events")
