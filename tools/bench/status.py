"""Compare two ways to read the status of a run: two queries, and one query per id."""

from celery import current_app as app
from celery import states
from django.core.management.base import BaseCommand
from django.db import connection
from django_celery_results.models import TaskResult

from tools.bench.timing import row, scratch_database, seconds, size
from workflows.models import Run, Step

ROUNDS = 5


class Command(BaseCommand):
    """Print a table with one line for each run length."""

    help = "Compare reading a run's status with two queries and one query per id."

    def add_arguments(self, parser):
        """Add the option for the lengths of the runs."""
        parser.add_argument(
            "--steps", type=size, nargs="+", default=[10, 100, 1000], help="per run"
        )

    def handle(self, steps, **options):
        """Measure on an empty database."""
        self.stdout.write(
            f"Status of a run, {connection.vendor}, median of {ROUNDS} rounds"
        )
        self.stdout.write(" steps  two queries     id by id   ratio")
        with scratch_database():
            for length in steps:
                self.compare(length)

    def compare(self, length):
        """Print the two times for a run of `length` steps, and their ratio."""
        run = make_run(length)
        ids = [step.task_id for step in run.steps.all()]
        assert in_two_queries(run.pk) == by_id(ids) == [states.SUCCESS] * length
        fast = seconds(lambda: in_two_queries(run.pk), ROUNDS)
        slow = seconds(lambda: by_id(ids), ROUNDS)
        self.stdout.write(row(length, fast, slow))


def in_two_queries(pk) -> list[str]:
    """Return the Celery states of a run's steps, as the pages and the API read them."""
    run = Run.objects.full().get(pk=pk)
    return [step.task.status for step in run.stated_steps]


def by_id(ids: list[str]) -> list[str]:
    """Return the states of the tasks. Read the result backend once for each id."""
    return [app.AsyncResult(task_id).state for task_id in ids]


def make_run(size: int) -> Run:
    """Store a run whose steps have all succeeded."""
    run = Run.objects.create(testcase="ESG-TC01", job_data={})
    steps = Step.objects.bulk_create(
        Step(run=run, position=position, name="add", numbers=[1])
        for position in range(size)
    )
    TaskResult.objects.bulk_create(
        TaskResult(
            task_id=step.task_id,
            status=states.SUCCESS,
            result="1",
            content_type="application/json",
            content_encoding="utf-8",
        )
        for step in steps
    )
    return run
