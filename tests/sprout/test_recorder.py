"""The recorder, with Redis and with RabbitMQ."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from celery import Celery

from sprout.broker import Broker
from sprout.recorder import Recorder, RecorderError
from sprout.spans import UNKNOWN, readable
from sprout.worker import Worker
from tests.support.processes import ALONE
from tools.waiting import dead_port, until

pytestmark = pytest.mark.stack

FOLDER = Path(__file__).parent / "programs" / "recorded"


@pytest.fixture(scope="module")
def worker(urls):
    with Worker(FOLDER, urls.broker, urls.results, arguments=ALONE) as worker:
        yield worker


@pytest.fixture
def recorder(worker):
    with Recorder(worker.urls["CELERY_BROKER_URL"]) as recorder:
        recorder.watch()
        yield recorder


@pytest.fixture
def send(worker):
    broker, results = worker.urls.values()
    with Celery(broker=broker, backend=results, set_as_current=False) as app:
        yield lambda name, *args, **kwargs: app.send_task(
            f"taskrunner.{name}", args, kwargs
        )


def test_a_broker_in_the_environment_is_ignored(worker, monkeypatch):
    with dead_port() as port, Recorder(worker.urls["CELERY_BROKER_URL"]) as recorder:
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://127.0.0.1:{port}/0")
        recorder.watch()


def test_a_successful_task_is_recorded(recorder, send):
    before = time.time()
    sent = send("add", 4, 2, scale=3)
    assert sent.get(timeout=20) == 18
    (span,) = recorder.finish(tasks=1)
    assert (span.id, span.label) == (sent.id, "add")
    assert (span.arguments, span.result) == ("4, 2, scale=3", "18")
    assert (span.state, span.finished) == ("SUCCESS", True)
    (attempt,) = span.tries
    assert before < attempt.received <= attempt.started < attempt.ended < time.time()
    assert attempt.ended - attempt.started > 0.1  # The task slept for 0.2 s.
    assert (span.begin, span.end) == (attempt.received, attempt.ended)


def test_a_failed_task_is_recorded(recorder, send):
    send("div", 4, 0)
    until(lambda: recorder.spans)
    (span,) = recorder.finish(tasks=1)
    assert (span.label, span.state, len(span.tries)) == ("div", "FAILURE", 1)
    assert span.result == "ZeroDivisionError('division by zero')"
    assert span.finished


def test_each_try_of_a_retried_task_is_recorded(recorder, send):
    assert send("unsteady").get(timeout=20) == "steady"
    (span,) = recorder.finish(tasks=1)
    assert [one.state for one in span.tries] == ["RETRY", "RETRY", "SUCCESS"]
    assert (span.state, span.result) == ("SUCCESS", "'steady'")
    for one, next_one in pairwise(span.tries):
        assert one.started < one.ended < next_one.started
        assert next_one.started - one.started > 0.1  # the countdown of 0.3 s


def test_an_unregistered_task_is_recorded(recorder, send):
    sent = send("pow", 2, 3)
    sent.get(timeout=20, propagate=False)
    (span,) = recorder.finish(tasks=1)
    assert (span.id, span.name, span.state) == (sent.id, UNKNOWN, "FAILURE")
    assert span.result.startswith("NotRegistered(")


def test_a_task_killed_by_a_time_limit_is_recorded(recorder, send):
    sent = send("too_slow")
    assert "TimeLimitExceeded" in repr(sent.get(timeout=20, propagate=False))
    assert send("add", 1, 2).get(timeout=20) == 3
    killed, added = recorder.finish(tasks=2)
    assert (killed.label, killed.state, len(killed.tries)) == ("too_slow", "FAILURE", 1)
    assert (added.label, added.state) == ("add", "SUCCESS")


def test_spans_are_in_order_of_receipt(recorder, send):
    sent = [send("add", number, 0) for number in range(5)]
    assert [one.get(timeout=20) for one in sent] == [0, 1, 2, 3, 4]
    spans = recorder.finish(tasks=5)
    assert [span.id for span in spans] == [one.id for one in sent]
    # With two processes, the third task waits for one of the first two tasks.
    assert spans[2].tries[0].started > spans[0].tries[0].started + 0.1


def test_an_unfinished_task_is_an_error_with_its_name(recorder, send, tmp_path):
    go = tmp_path / "go"
    send("wait_for_file", str(go))
    until(lambda: [s for s in recorder.spans.values() if s.state == "STARTED"])
    with pytest.raises(RecorderError, match=r"did not end within 0 s: wait_for_file\."):
        recorder.finish(timeout=0.3)
    go.touch()
    assert [span.state for span in recorder.finish(tasks=1)] == ["SUCCESS"]


def test_tasks_sent_before_the_recording_are_ignored(worker, send, tmp_path):
    go = tmp_path / "go"
    early = send("wait_for_file", str(go))
    until(lambda: f"[{early.id}] received" in worker.log())
    with Recorder(worker.urls["CELERY_BROKER_URL"]) as recorder:
        recorder.watch()
        go.touch()
        assert send("add", 4, 4).get(timeout=20) == 8
        early.get(timeout=20)
        assert [span.label for span in recorder.finish(tasks=1)] == ["add"]


def test_watch_fails_without_a_worker(redis):
    with (
        Recorder(redis.url(9)) as recorder,
        pytest.raises(RecorderError, match="No worker answered"),
    ):
        recorder.watch(timeout=0.5)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_an_unreachable_broker_is_an_error(scheme):
    with (
        dead_port() as port,
        pytest.raises(RecorderError, match="does not answer"),
    ):
        Recorder(f"{scheme}://127.0.0.1:{port}").start()


def test_a_stopped_broker_ends_the_recording_quietly(capfd):
    before = set(threading.enumerate())
    with Broker() as broker, Recorder(broker.url()) as recorder:
        listening = set(threading.enumerate()) - before
        assert listening
        broker.stop()
        until(lambda: not any(thread.is_alive() for thread in listening))
        with pytest.raises(RecorderError, match="broker"):
            recorder.finish()
    assert capfd.readouterr().err == ""


def test_the_recorder_stops_listening_after_the_block(redis):
    before = set(threading.enumerate())
    with Recorder(redis.url(9)):
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ("[]", "{}", ""),
        ("[4, 2]", "{}", "4, 2"),
        ("['a', None]", "{'scale': 3}", "'a', None, scale=3"),
        ("(4, 2)", "{}", "4, 2"),
        ("[[1, 2, ...", "{}", "[[1, 2, ..., {}"),
        ("([[[...]], 2],)", "{}", "([[[...]], 2],), {}"),
        ("('wait ...',)", "{}", "'wait ...'"),
        ("[<object at 0x7f>]", "{}", "[<object at 0x7f>], {}"),
    ],
)
def test_arguments_are_shown_as_source_code(args, kwargs, words):
    assert readable(args, kwargs) == words
