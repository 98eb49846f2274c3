"""States of runs and steps are derived from Celery's results."""

import pytest
from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded
from celery.app.task import Context
from celery.exceptions import BackendStoreError, Reject
from django.db import InterfaceError, OperationalError, connection
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError as BrokerDown

from backups.tasks import backup
from delivery.redeliver import give_up
from taskrunner.celery import app
from tests.support.drf_api import add_events, reload
from workflows import runs, tasks
from workflows.models import Run
from workflows.states import COLOURS, RUN_STATES, State

pytestmark = pytest.mark.django_db


def states(run):
    """Return the states, and check that SQL and Python compute the same state."""
    one = Run.objects.filter(pk=run.pk)
    found = [state for state, _ in RUN_STATES if one.in_state(state).exists()]
    assert found == [reload(run).state]
    return run.state, [step.state for step in run.stated_steps]


@pytest.mark.parametrize(
    ("events", "state", "steps", "percent"),
    [
        ([], "queued", ["queued", "queued"], 0),
        (["started"], "running", ["running", "queued"], 0),
        ([2.0], "running", ["succeeded", "queued"], 50),
        ([2.0, "started"], "running", ["succeeded", "running"], 50),
        ([2.0, 6.0], "succeeded", ["succeeded", "succeeded"], 100),
        ([ZeroDivisionError("by zero")], "failed", ["failed", "skipped"], 0),
        ([2.0, OverflowError("large")], "failed", ["succeeded", "failed"], 50),
        (["revoked"], "cancelled", ["cancelled", "cancelled"], 0),
        ([2.0, "revoked"], "cancelled", ["succeeded", "cancelled"], 50),
    ],
)
def test_the_state_follows_from_the_results(new_run, events, state, steps, percent):
    run = add_events(new_run(), *events)
    assert states(run) == (state, steps)
    assert run.percent == percent
    assert run.finished == (state in ("succeeded", "failed", "cancelled"))


def test_a_step_that_is_retried(new_run):
    run = new_run()
    step = run.stated_steps[0]
    app.backend.mark_as_retry(step.task_id, RuntimeError("lost"))
    assert states(reload(run)) == ("running", ["retrying", "queued"])


@pytest.mark.parametrize(
    "error", [SoftTimeLimitExceeded(), TimeLimitExceeded(50)], ids=repr
)
def test_a_time_limit_is_named_in_the_error(new_run, error):
    run = add_events(new_run(), error)
    assert run.error == f"{type(error).__name__}: the task took too long"


def test_a_run_is_unfinished_while_a_step_runs(new_run):
    """The next step can end before the current result is stored."""
    run = add_events(new_run(), "started", "revoked")
    assert states(run) == ("running", ["running", "cancelled"])
    runs.cancel(run)
    assert reload(run).state == "cancelling"
    assert states(add_events(run, 2.0)) == ("cancelled", ["succeeded", "cancelled"])


@pytest.mark.parametrize("end", [2.0, ValueError("no"), "revoked"])
def test_a_redelivery_does_not_change_a_final_state(new_run, end):
    run = add_events(new_run(), end)
    before = states(run)
    step = run.stated_steps[0]
    app.backend.mark_as_started(step.task_id)
    app.backend.mark_as_retry(step.task_id, RuntimeError("lost"))
    assert states(reload(run)) == before
    app.backend.mark_as_revoked(step.task_id, "cancelled")
    app.backend.mark_as_failure(step.task_id, RuntimeError("lost"))
    app.backend.mark_as_done(step.task_id, 3.0)
    assert states(reload(run)) == before


UNWRITTEN = BackendStoreError("failed to store result on the backend")
UNWRITTEN.__cause__ = OperationalError("the connection is closed")
UNREACHABLE = [
    BrokerDown("Error 111"),
    Reject(BrokerDown("no retry could be sent")),
    OperationalError("no route"),
    InterfaceError("closed"),
    UNWRITTEN,
]


@pytest.mark.parametrize("error", UNREACHABLE, ids=repr)
def test_an_unreachable_broker_or_database_does_not_fail_a_step(new_run, error):
    run = add_events(new_run(), "started")
    step = run.stated_steps[0]
    request = Context(id=step.task_id, task=tasks.div.name)
    app.backend.mark_as_failure(step.task_id, error, "Traceback ...", request)
    assert states(reload(run)) == ("running", ["running", "queued"])


def test_a_missing_table_fails_a_step(new_run):
    run = add_events(new_run(), "started")
    step = run.stated_steps[0]
    request = Context(id=step.task_id, task=tasks.div.name)
    with pytest.raises(OperationalError) as missing, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    error = missing.value
    app.backend.mark_as_failure(step.task_id, error, "Traceback ...", request)
    assert states(reload(run))[0] == "failed"


@pytest.mark.parametrize("error", UNREACHABLE, ids=repr)
@pytest.mark.parametrize("task", [backup.name, "of.yesterday", None])
def test_an_outage_fails_tasks_that_are_not_redelivered(error, task):
    request = Context(id="1", task=task) if task else None
    app.backend.mark_as_started("1")
    app.backend.mark_as_failure("1", error, "Traceback ...", request)
    assert TaskResult.objects.get(task_id="1").status == "FAILURE"


@pytest.mark.parametrize("events", [[2.0, 6.0], [2.0, "revoked"], [ValueError("no")]])
def test_giving_up_does_not_change_a_finished_run(new_run, events):
    run = add_events(new_run(), *events)
    before = states(run)
    give_up(run)
    assert states(reload(run)) == before


def test_a_cancelled_run_is_cancelling_until_its_step_ends(new_run):
    run = add_events(new_run(), "started")
    runs.cancel(run)
    assert states(reload(run)) == ("cancelling", ["running", "queued"])
    assert states(add_events(run, "revoked"))[0] == "cancelled"


def test_a_run_that_ends_before_its_cancellation_succeeds(new_run):
    run = new_run()
    runs.cancel(run)
    assert add_events(run, 2.0, 6.0).state == "succeeded"


def test_a_run_cancelled_before_it_was_published_is_cancelled(new_run):
    run = new_run()
    Run.objects.update(published_at=None)
    runs.cancel(reload(run))
    assert states(reload(run)) == ("cancelled", ["cancelled", "cancelled"])


def test_only_steps_that_ran_have_times(new_run):
    failed, skipped = add_events(new_run(), ZeroDivisionError("by zero")).stated_steps
    assert failed.started_at <= failed.finished_at
    assert failed.error == "ZeroDivisionError: by zero"
    assert (skipped.started_at, skipped.finished_at, skipped.error) == (None, None, "")
    running = add_events(new_run(), "started").stated_steps[0]
    assert running.started_at
    assert running.finished_at is None


def test_every_state_has_a_colour():
    assert set(COLOURS) == set(State)


@pytest.mark.parametrize("runs", [1, 20])
def test_any_number_of_runs_takes_two_queries(new_run, django_assert_num_queries, runs):
    for _ in range(runs):
        add_events(new_run("ESG-TC01"), 2.0, "started")
    with django_assert_num_queries(2):
        for run in Run.objects.full():
            assert run.state == "running"
            assert run.stated_steps[0].state == "succeeded"
            assert run.error == ""
