"""What the tests of drf_api share: its broker, the events of a run, its errors."""

from celery.app.task import Context
from hypothesis import HealthCheck, Phase, settings
from kombu import pools
from redis import Redis

from sprout.broker import Broker, free_port
from sprout.days import ROOT
from taskrunner.celery import app
from workflows.models import Run

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


def take_away(monkeypatch) -> None:
    """Have Celery publish to a port that nothing listens on."""
    connect_to(f"redis://127.0.0.1:{free_port()}/0", monkeypatch)


def again(run: Run) -> Run:
    """Read a run anew."""
    return Run.objects.full().get(pk=run.pk)


def happen(run: Run, *events) -> Run:
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
