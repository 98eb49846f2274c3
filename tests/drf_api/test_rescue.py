"""Lost runs are redelivered, and steps tolerate duplicate messages."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from celery.exceptions import Ignore
from django.db import connection
from django.test.utils import CaptureQueriesContext
from kombu.exceptions import OperationalError

from delivery.errors import GivenUp, NotPublished
from delivery.redeliver import redeliver, send_again
from taskrunner.celery import app
from tests.support.drf_api import add_events, reload
from tools.faults.workers import SEND_TWICE
from workflows import models, runs, tasks
from workflows.models import Run, Step

pytestmark = pytest.mark.django_db(transaction=True)


def age(run, seconds):
    """Move the times of a run and its results `seconds` into the past."""
    earlier = timedelta(seconds=seconds)
    moments = ["created_at", "published_at"]
    for name in moments:
        if getattr(run, name):
            Run.objects.filter(pk=run.pk).update(**{name: getattr(run, name) - earlier})
    for step in run.steps.select_related("task"):
        if step.task:
            type(step.task).objects.filter(pk=step.task.pk).update(
                date_done=step.task.date_done - earlier
            )


@pytest.fixture
def crashed(monkeypatch, new_run):
    """Return a run whose process died between commit and publication."""
    with monkeypatch.context() as patch:
        patch.setattr(Run, "publish", lambda run: None)
        return new_run()


@pytest.fixture
def limits(settings):
    settings.STUCK_AFTER, settings.VISIBILITY_TIMEOUT = 30, 60
    return settings


def test_an_unpublished_run_is_published_once(crashed, limits, published):
    assert redeliver("celery") == {
        "sent": 0,
        "given up": 0,
    }  # the process may still be publishing
    age(crashed, 31)
    assert redeliver("celery") == {"sent": 1, "given up": 0}
    assert redeliver("celery") == {"sent": 0, "given up": 0}
    assert published() == 1
    assert reload(crashed).published_at


def test_a_cancelled_or_rejected_run_is_not_published(
    crashed, new_run, limits, published
):
    runs.cancel(reload(crashed))
    refused = new_run()
    Run.objects.filter(pk=refused.pk).update(
        publish_error="unreachable", published_at=None
    )
    for run in (crashed, refused):
        age(run, 1000)
    before = published()
    assert redeliver("celery") == {"sent": 0, "given up": 0}
    assert published() == before


def test_two_searches_publish_a_run_once(crashed, limits, published):
    age(crashed, 31)
    first, second = Run.lost("celery").get(), Run.lost("celery").get()
    assert [send_again(first), send_again(second)] == [True, False]
    assert published() == 1


def test_an_unreachable_broker_changes_nothing(crashed, limits, break_broker):
    age(crashed, 31)
    break_broker()
    with pytest.raises(OperationalError):
        redeliver("celery")
    assert reload(crashed).sent == 0
    assert reload(crashed).published_at is None


@pytest.mark.parametrize(
    ("events", "seconds", "rescued"),
    [
        ([], 25, 0),
        ([], 31, 1),
        # The step may be running, or Redis may redeliver the message.
        (["started"], 60, 0),
        (["started"], 66, 1),
        ([2.0], 25, 0),
        ([2.0], 31, 1),
        ([2.0, "started"], 60, 0),
        ([2.0, "started"], 66, 1),
        ([2.0, 6.0], 66, 0),
        ([ValueError("no")], 66, 0),
        (["revoked"], 66, 0),
    ],
)
def test_a_lost_run_is_published_again(
    new_run, limits, published, events, seconds, rescued
):
    run = add_events(new_run(), *events)
    age(run, seconds)
    before = published()
    assert redeliver("celery") == {"sent": rescued, "given up": 0}
    assert published() == before + rescued


@pytest.mark.parametrize("later", ["retried", 6.0])
def test_a_lost_step_is_found_although_later_steps_have_ended(new_run, limits, later):
    """The search finds a run whose first result was lost in an outage."""
    run = add_events(new_run(), "started")
    age(run, 66)
    second = run.steps.get(position=1).task_id
    if later == "retried":
        app.backend.mark_as_retry(second, OperationalError("down"))
    else:
        app.backend.mark_as_done(second, later)
    assert redeliver("celery") == {"sent": 1, "given up": 0}


def test_an_active_run_is_not_published(new_run, limits):
    run = new_run()
    age(run, 1000)
    add_events(run, 2.0)
    assert redeliver("celery") == {"sent": 0, "given up": 0}


def test_redelivery_continues_at_the_missing_step(new_run, monkeypatch):
    run = add_events(new_run("ESG-TC01"), 2.0, 6.0)
    sent = []
    nothing = SimpleNamespace(apply_async=lambda: None)
    monkeypatch.setattr(models, "chain", lambda steps: sent.extend(steps) or nothing)
    run.send()
    ids = [step.task_id for step in run.stated_steps]
    assert [signature.id for signature in sent] == ids[2:]
    assert [signature.args for signature in sent] == [(6.0, 6), (2,)]


def test_a_run_is_given_up_with_a_reason(new_run, limits):
    run = add_events(new_run(), 2.0)
    for _ in range(limits.TASK_SENDS - run.sent):
        age(reload(run), 31)
        assert redeliver("celery") == {"sent": 1, "given up": 0}
    age(reload(run), 31)
    assert redeliver("celery") == {"sent": 0, "given up": 1}
    run = reload(run)
    assert run.state == "failed"
    assert run.error == f"GivenUp: sent {run.sent} times, and no worker finished it"
    assert [step.state for step in run.stated_steps] == ["succeeded", "failed"]
    assert redeliver("celery") == {"sent": 0, "given up": 0}


def test_a_lost_cancellation_ends_as_cancelled(new_run, limits):
    run = add_events(new_run(), "started")
    runs.cancel(run)
    Run.objects.filter(pk=run.pk).update(sent=limits.TASK_SENDS)
    age(reload(run), 66)
    assert redeliver("celery") == {"sent": 0, "given up": 1}
    assert reload(run).state == "cancelled"


def test_a_redelivered_run_is_not_marked_as_unpublished(crashed, limits, monkeypatch):
    age(crashed, 31)

    def send(run):
        monkeypatch.setattr(Run, "send", lambda run: None)
        assert redeliver("celery") == {"sent": 1, "given up": 0}
        raise OperationalError("no response for a long time")

    monkeypatch.setattr(Run, "send", send)
    with pytest.raises(NotPublished):
        reload(crashed).publish()
    assert reload(crashed).state == "queued"


def test_no_lock_is_held_during_publishing(crashed, limits, monkeypatch):
    atomic = []
    monkeypatch.setattr(
        Run, "send", lambda run: atomic.append(connection.in_atomic_block)
    )
    age(crashed, 31)
    assert redeliver("celery") == {"sent": 1, "given up": 0}
    assert atomic == [False]


class TestSearchedRuns:
    """The search reads only runs that may be lost."""

    def test_settled_runs_are_excluded(self, new_run, limits):
        ends = [[2.0, 6.0], [ValueError("no")], ["revoked"]]
        ended = [add_events(new_run(), *events) for events in ends]
        alive = add_events(new_run(), "started")
        for run in (*ended, alive):
            age(run, 31)
        redeliver("celery")
        assert list(Run.objects.filter(ended_as="")) == [alive]

    def test_a_repeated_request_is_included(self, new_run, limits, monkeypatch):
        run = new_run(key="again")
        Run.objects.update(publish_error="unreachable", published_at=None, sent=0)
        age(reload(run), 31)
        assert redeliver("celery") == {"sent": 0, "given up": 0}
        assert Run.objects.get().ended_as == "failed"
        with monkeypatch.context() as patch:  # the process dies before it publishes
            patch.setattr(Run, "publish", lambda run: None)
            reload(run).repeat()
        assert redeliver("celery") == {"sent": 1, "given up": 0}

    def test_a_run_that_settled_during_publishing_is_included(self, new_run):
        """Cancelling ends an unpublished run. Publishing reopens the run."""
        run = new_run()
        Run.objects.update(published_at=None)
        runs.cancel(reload(run))
        Run.objects.settle()
        assert Run.objects.get().ended_as == "cancelled"
        reload(run).publish()
        assert Run.objects.in_state("cancelling").exists()

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's query plan")
    def test_the_search_uses_an_index(self, new_run, limits):
        for events in ([], [ValueError("no")]):
            age(add_events(new_run(), *events), 31)
        with CaptureQueriesContext(connection) as captured:
            assert len(Run.lost("celery")) == 1
        for query in captured:
            if query["sql"].startswith(("SELECT", "UPDATE")):
                with connection.cursor() as cursor:
                    cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
                    plan = "\n".join(row[-1] for row in cursor.fetchall())
                assert "SCAN workflows" not in plan, plan
                assert "SCAN django" not in plan, plan


class TestRedelivery:
    """Test the rules of before_start(). tools/faults tests the rules with workers."""

    def begin(self, step):
        return tasks.div.before_start(step.task_id, (4, 2), {})

    @pytest.mark.parametrize("end", [2.0, ValueError("no"), "revoked"])
    def test_a_message_of_a_finished_step_is_ignored(self, new_run, end):
        run = add_events(new_run(), end)
        with pytest.raises(Ignore):
            self.begin(run.stated_steps[0])

    def test_a_message_of_a_rejected_run_is_ignored(self, new_run):
        run = new_run()
        Run.objects.update(publish_error="unreachable")
        with pytest.raises(Ignore):
            self.begin(run.stated_steps[0])

    def test_a_step_has_limited_tries(self, new_run, settings):
        step = new_run().stated_steps[0]
        for _ in range(settings.TASK_TRIES):
            self.begin(step)
        with pytest.raises(GivenUp, match="begun 5 times"):
            self.begin(step)
        assert Step.objects.get(pk=step.pk).tries == settings.TASK_TRIES


def test_the_fault_that_sends_each_run_twice_calls_the_application(
    new_run, published, capsys
):
    new_run()
    before = published()
    exec(SEND_TWICE, {})  # noqa: S102
    assert capsys.readouterr().out == "1\n"
    assert published() == before + 2
