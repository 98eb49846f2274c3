"""Spans of tasks on a killed worker."""

import pytest

from sprout.spans import Spans


def events(worker, kinds, begin=0.0):
    """Return events of one task on a worker, one per second."""
    return [
        {
            "type": f"task-{kind}",
            "uuid": "1",
            "name": "shop.pay",
            "args": "(7,)",
            "kwargs": "{}",
            "hostname": worker,
            "timestamp": begin + second,
            **({"result": "'paid'"} if kind == "succeeded" else {}),
        }
        for second, kind in enumerate(kinds)
    ]


@pytest.fixture
def spans():
    spans = Spans()
    for event in events("one", ["received", "started"]):
        spans.add(event)
    return spans


def test_a_task_without_a_message_in_the_broker_is_lost(spans):
    spans.kill("one", 5.0, kept={"another"})
    (span,) = spans.in_order()
    assert (span.state, span.finished) == ("LOST", True)
    assert (span.end, span.result) == (5.0, "lost: worker killed")


def test_killing_another_worker_changes_nothing(spans):
    spans.kill("two", 5.0, kept=set())
    (span,) = spans.in_order()
    assert (span.state, span.end) == ("STARTED", 1.0)


@pytest.mark.parametrize("started", [True, False])
def test_a_redelivered_task_gets_a_second_try(spans, started):
    if not started:
        spans = Spans()
        spans.add(events("one", ["received"])[0])
    spans.kill("one", 5.0, kept={"1"})
    (span,) = spans.in_order()
    assert (span.state, span.finished) == ("REDELIVERED", False)
    for event in events("two", ["received", "started", "succeeded"], 6.0):
        spans.add(event)
    first, second = span.tries
    assert (first.state, first.ended) == ("REDELIVERED", 5.0)
    assert (second.started, second.ended, second.state) == (7.0, 8.0, "SUCCESS")
    assert (span.state, span.result) == ("SUCCESS", "'paid'")


def test_a_task_received_by_another_worker_is_not_lost(spans):
    for event in events("two", ["received"], 3.0):
        spans.add(event)
    spans.kill("one", 5.0, kept=set())
    (span,) = spans.in_order()
    assert [attempt.state for attempt in span.tries] == ["REDELIVERED", "RECEIVED"]
