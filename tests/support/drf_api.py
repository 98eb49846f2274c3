"""What the tests of drf_api share: its broker, the events of a run, its errors."""

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

# Of hypothesis, here: the same examples every time, and as long as they need.
repeatable = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

PROGRAMS = ROOT / "tests" / "drf_api" / "programs"


def program(name: str) -> str:
    """Return the text of a program that runs in Django's shell."""
    return (PROGRAMS / name).read_text(encoding="utf-8")


def connect_to(url: str, monkeypatch) -> None:
    """Have Celery publish there, over connections that are not open yet."""
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    pools.reset()
    app._after_fork()


def redis_client(broker: Broker) -> Redis:
    return Redis(port=broker.port, db=9)


def make_unreachable(monkeypatch) -> None:
    """Have Celery publish to a port that nothing listens on."""
    connect_to(f"redis://127.0.0.1:{free_port()}/0", monkeypatch)


def again(run: Run) -> Run:
    """Read a run anew."""
    return Run.objects.full().get(pk=run.pk)


def add_events(run: Run, *events) -> Run:
    """Write what a worker writes: for each step "started", a result or an error."""
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
    return again(run)


def assert_problem(response, status: int, *fields: str) -> None:
    """Hold a response to RFC 9457, and to the fields that it must name."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert {error["field"] for error in body["errors"]} == set(fields)


def end_runs(count: int) -> None:
    """Write down so many runs that have succeeded, quickly, with their snapshots."""
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


def work_of(client, address: str) -> int:
    """Return how many instructions SQLite's machine needs for a page."""
    work = 0

    def instruction() -> None:
        nonlocal work
        work += 1

    connection.ensure_connection()
    connection.connection.set_progress_handler(instruction, 1)
    try:
        assert client.get(address).status_code == 200
    finally:
        connection.connection.set_progress_handler(None, 1)
    return work
