"""Measure requests and queries on a database with many runs: `--runs 1000000`."""

import time
from datetime import datetime, timedelta

from celery import states
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult

from monitor.cleanup import clean_up
from monitor.models import SeenTask
from tools.bench.timing import scratch_database, seconds, size
from workflows.models import Run, Step
from workflows.states import State

SLICE = 5000
ROUNDS = 3
QUESTIONS = [
    "/api/runs/?state=failed",
    "/api/runs/?state=succeeded",
    "/api/runs/?state=cancelled",
    "/api/runs/?testcase=ESG-TC03",
    "/runs/?state=failed",
    "/runs/",
    "/",
    "/admin/workflows/run/",
    "/admin/workflows/run/?state=failed",
    "/admin/django_celery_results/taskresult/",
    "/admin/monitor/seentask/",
]


class Command(BaseCommand):
    """Print the durations of requests, queries and the clean-up."""

    help = "Time requests, queries and the clean-up on a database with many runs."

    def add_arguments(self, parser):
        """Add the option for the number of runs."""
        parser.add_argument("--runs", type=size, default=100_000, help="number of runs")

    def handle(self, runs, **options):
        """Create finished runs in the database, and measure requests."""
        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        with scratch_database():
            make(runs)
            self.stdout.write(f"{runs} finished runs, {connection.vendor}, wall ms")
            client = Client(headers={"accept": "text/html"})
            client.force_login(User.objects.create_superuser("ada"))
            for path in QUESTIONS:
                kind = "application/json" if path.startswith("/api") else "text/html"
                took = seconds(lambda: ask(client, path, kind), ROUNDS)  # noqa: B023
                self.stdout.write(f"{path:42} {1000 * took:8.0f}")
            took = seconds(lambda: list(Run.lost("celery")[:500]), ROUNDS)
            self.stdout.write(f"{'the search for lost work':42} {1000 * took:8.0f}")
            # Make a tenth of the runs lost: published long ago, and without results.
            waiting = Run.objects.order_by("created_at").values("pk")[: runs // 10]
            TaskResult.objects.filter(step__run__in=waiting).delete()
            Run.objects.filter(
                pk__in=list(waiting.values_list("pk", flat=True))
            ).update(ended_as="")
            took = seconds(lambda: list(Run.lost("celery")[:500]), ROUNDS)
            name = f"the same, {runs // 10} lost"
            self.stdout.write(f"{name:42} {1000 * took:8.0f}")
            begin = time.monotonic()
            deleted = clean_up(timedelta(0))
            took = time.monotonic() - begin
            name = f"delete all {sum(deleted.values())} rows, seconds"
            self.stdout.write(f"{name:42} {took:8.0f}")


def ask(client: Client, path: str, kind: str) -> None:
    """Send a request. Raise AssertionError unless the status is 200."""
    answer = client.get(path, headers={"accept": kind})
    assert answer.status_code == 200, answer.content


def make(count: int) -> None:
    """Create finished runs of one step each. The oldest 1% have failed."""
    begin = timezone.now() - timedelta(seconds=count + 3600)
    created_at = Run._meta.get_field("created_at")
    created_at.auto_now_add = False  # Store the given times, not the current time.
    try:
        for first in range(0, count, SLICE):
            make_slice(range(first, min(first + SLICE, count)), count // 100, begin)
    finally:
        created_at.auto_now_add = True
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def make_slice(numbers: range, failures: int, begin: datetime) -> None:
    """Create the runs with these numbers, one second apart."""
    moments = [begin + timedelta(seconds=number) for number in numbers]
    ends = [State.FAILED if n < failures else State.SUCCEEDED for n in numbers]
    runs = [
        Run(
            testcase="ESG-TC02",
            job_data={},
            sent=1,
            created_at=moment,
            published_at=moment,
            ended_as=end,
        )
        for moment, end in zip(moments, ends, strict=True)
    ]
    steps = [Step(run=run, position=0, name="div", numbers=[4, 2]) for run in runs]
    results = [
        TaskResult(
            task_id=step.task_id,
            task_name="workflows.tasks.div",
            status=states.FAILURE if end == State.FAILED else states.SUCCESS,
            result='{"exc_type": "ValueError", "exc_message": ["no"]}'
            if end == State.FAILED
            else "2.0",
            content_type="application/json",
            content_encoding="utf-8",
        )
        for step, end in zip(steps, ends, strict=True)
    ]
    seen = [
        SeenTask(
            id=step.task_id,
            name="workflows.tasks.div",
            state=result.status,
            worker="celery@here",
            seen=moment,
        )
        for step, result, moment in zip(steps, results, moments, strict=True)
    ]
    Run.objects.bulk_create(runs)
    Step.objects.bulk_create(steps)
    TaskResult.objects.bulk_create(results)
    SeenTask.objects.bulk_create(seen)
