"""The dependencies of a workflow's tasks, and the tasks that ran in parallel."""

from celery.result import AsyncResult, GroupResult

from sprout.notebook import order, rows, steady
from sprout.spans import Span, Try


def result(id, parent=None):
    return AsyncResult(id, parent=parent)


def group(*members, parent=None):
    return GroupResult("g", list(members), parent=parent)


def span(id, started, ended):
    return Span(id, id, "", tries=[Try(started, started, ended, "SUCCESS")])


def names(found):
    return [[span.id for span in row] for row in found]


CHAIN = result("c", result("b", result("a")))
first = result("a")
DIAMOND = result("d", group(result("b", first), result("c", first), parent=first))


def test_order_lists_the_predecessors_of_each_task():
    assert order(CHAIN) == {"a": set(), "b": {"a"}, "c": {"a", "b"}}
    assert list(order(CHAIN)) == ["a", "b", "c"]
    assert order(DIAMOND) == {
        "a": set(),
        "b": {"a"},
        "c": {"a"},
        "d": {"a", "b", "c"},
    }
    assert list(order(DIAMOND)) == ["a", "b", "c", "d"]
    assert order(group(result("a"), CHAIN))["c"] == {"a", "b"}


def test_consecutive_steps_share_a_row_even_if_they_overlap():
    late = [span("a", 0, 1.8), span("b", 1, 2.9), span("c", 2, 3)]
    assert names(rows(late, order(CHAIN))) == [["a", "b", "c"]]


def test_overlapping_independent_tasks_have_separate_rows():
    spans = [span("a", 0, 1), span("b", 0.1, 1.1), span("c", 1, 2)]
    loose = order(group(result("a"), result("b"), result("c")))
    assert names(rows(spans, loose)) == [["a", "c"], ["b"]]
    one = [span("a", 0, 1), span("b", 1, 2), span("c", 2, 3)]
    assert names(rows(one, loose)) == [["a", "b", "c"]]


def test_a_diamond_has_two_rows():
    spans = [span("a", 0, 1), span("b", 1, 2), span("c", 0.9, 2.2), span("d", 2.1, 3)]
    assert names(rows(spans, order(DIAMOND))) == [["a", "c", "d"], ["b"]]


def test_a_steady_log_has_no_values_that_differ_between_runs():
    log = (
        "[2026-11-21 03:02:34,670: INFO/MainProcess] Task add[5e1b-0c] succeeded in "
        "1.0011s: 8\n[2026-11-21 03:02:35,671: INFO/ForkPoolWorker-2] "
        "Task add[5e1b-0c] retry: Retry in 2s: ConnectionError('no answer')"
    )
    assert steady(log) == [
        "INFO Task add[...] succeeded in ... s: 8",
        "INFO Task add[...] retry: Retry in 2s: ConnectionError('no answer')",
    ]
