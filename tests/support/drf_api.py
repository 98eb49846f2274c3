"""Helpers for the tests of drf_api: the broker, results of runs, and errors."""

from collections.abc import Callable

from celery.app.task import Context
from django.db import connection
from django.utils import timezone
from django_celery_results.models import TaskResult
from hypothesis import HealthCheck, Phase, settings
from kombu import pools
from redis import Redis

from monitor.models import SeenTask
from sprout.broker import Broker, free_port
from sprout.days import ROOT
from taskrunner.celery import app
from workflows.models import Run, Step

# Hypothesis uses the same examples in each run, without a time limit.
repeatable = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

PROGRAMS = ROOT / "tests" / "drf_api" / "programs"


def program(name: str) -> str:
    """Return the code of a program for Django's shell."""
    return (PROGRAMS / name).read_text(encoding="utf-8")


def connect_to(url: str, monkeypatch) -> None:
    """Make Celery publish to the broker at `url`, through new connections."""
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    pools.reset()
    app._after_fork()


def redis_client(broker: Broker) -> Redis:
    return Redis(port=broker.port, db=9)


def make_unreachable(monkeypatch) -> None:
    """Make Celery publish to a port without a server."""
    connect_to(f"redis://127.0.0.1:{free_port()}/0", monkeypatch)


def reload(run: Run) -> Run:
    return Run.objects.full().get(pk=run.pk)


def add_events(run: Run, *events) -> Run:
    """Store results as a worker does.

    Each event is for one step: "started", "revoked", an exception or a return value.
    """
    for step, event in zip(run.steps.order_by("position"), events, strict=False):
        backend = app.backend
        backend.mark_as_started(step.task_id)
        if isinstance(event, Exception):
            request = Context(id=step.task_id, hostname="celery@here")
            backend.mark_as_failure(step.task_id, event, "Traceback ...", request)
            for later in run.steps.filter(position__gt=step.position):
                backend.mark_as_failure(later.task_id, event)
        elif event == "revoked":
            backend.mark_as_revoked(step.task_id, "terminated")
        elif event != "started":
            backend.mark_as_done(step.task_id, event)
    return reload(run)


def assert_problem(response, status: int, *fields: str) -> None:
    """Check that a response is an RFC 9457 problem with errors for these fields."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert {error["field"] for error in body["errors"]} == set(fields)


def insert_finished_runs(count: int) -> None:
    """Insert `count` successful runs with their results and snapshots."""
    runs = Run.objects.bulk_create(
        Run(testcase="ESG-TC03", job_data={}, ended_as="succeeded")
        for _ in range(count)
    )
    steps = Step.objects.bulk_create(
        Step(run=run, position=0, name="add", numbers=[6, 4]) for run in runs
    )
    TaskResult.objects.bulk_create(
        TaskResult(task_id=step.task_id, status="SUCCESS", result="10")
        for step in steps
    )
    SeenTask.objects.bulk_create(
        SeenTask(id=step.task_id, name="workflows.tasks.add", seen=timezone.now())
        for step in steps
    )


def instructions(function: Callable[[], object]) -> int:
    """Return the number of SQLite virtual machine instructions during a call."""
    work = 0

    def instruction() -> None:
        nonlocal work
        work += 1

    connection.ensure_connection()
    connection.connection.set_progress_handler(instruction, 1)
    try:
        function()
    finally:
        connection.connection.set_progress_handler(None, 1)
    return work


def instructions_for(client, address: str) -> int:
    """Return the number of SQLite virtual machine instructions for a page."""

    def show() -> None:
        assert client.get(address).status_code == 200

    return instructions(show)
