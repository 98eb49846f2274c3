"""How long questions take when there have been many runs: `--runs 1000000`."""

from datetime import timedelta

from celery import states
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult

from tools.bench.timing import scratch_database, seconds, size
from workflows.models import Run, Step

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
]


class Command(BaseCommand):
    """Print a line for each question: wall milliseconds, median."""

    help = "Time the questions that go through all the runs there have been."

    def add_arguments(self, parser):
        """Take the number of runs."""
        parser.add_argument("--runs", type=size, default=100_000, help="finished runs")

    def handle(self, runs, **options):
        """Make finished runs directly, then ask."""
        settings.DEBUG = False
        settings.ALLOWED_HOSTS = ["testserver"]
        with scratch_database():
            make(runs)
            self.stdout.write(f"{runs} finished runs, {connection.vendor}, wall ms")
            client = Client(headers={"accept": "text/html"})
            for path in QUESTIONS:
                kind = "application/json" if path.startswith("/api") else "text/html"
                took = seconds(lambda: ask(client, path, kind), ROUNDS)  # noqa: B023
                self.stdout.write(f"{path:32} {1000 * took:8.0f}")
            took = seconds(lambda: list(Run.lost("celery")[:500]), ROUNDS)
            self.stdout.write(f"{'the search for lost work':32} {1000 * took:8.0f}")


def ask(client: Client, path: str, kind: str) -> None:
    """Ask once, and refuse an error."""
    answer = client.get(path, headers={"accept": kind})
    assert answer.status_code == 200, answer.content


def make(count: int) -> None:
    """Write finished runs of one step each: one in a hundred failed, the oldest."""
    begin = timezone.now() - timedelta(seconds=count)
    for first in range(0, count, SLICE):
        numbers = range(first, min(first + SLICE, count))
        runs = [
            Run(
                testcase="ESG-TC02",
                job_data={},
                sent=1,
                published_at=begin,
                watched=False,
            )
            for _ in numbers
        ]
        steps = [Step(run=run, position=0, name="div", numbers=[4, 2]) for run in runs]
        results = [
            TaskResult(
                task_id=step.task_id,
                status=states.FAILURE if number < count // 100 else states.SUCCESS,
                result='{"exc_type": "ValueError", "exc_message": ["no"]}',
                content_type="application/json",
                content_encoding="utf-8",
            )
            for number, step in zip(numbers, steps, strict=True)
        ]
        moments = {
            run.pk: begin + timedelta(seconds=number)
            for number, run in zip(numbers, runs, strict=True)
        }
        Run.objects.bulk_create(runs)
        for run in runs:
            run.created_at = moments[run.pk]
        Run.objects.bulk_update(runs, ["created_at"], batch_size=500)
        Step.objects.bulk_create(steps)
        TaskResult.objects.bulk_create(results)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
