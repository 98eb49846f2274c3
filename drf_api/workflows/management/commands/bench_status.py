from statistics import median
from time import perf_counter

from celery import states
from django.core.management.base import BaseCommand
from django.db import connection
from django_celery_results.models import TaskResult

from taskrunner.celery import app
from workflows.models import Run, Step

SIZES = [10, 100, 1000]
ROUNDS = 5


class Command(BaseCommand):
    help = "Time the status of a run: one query, against the backend id by id."

    def handle(self, **options):
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            self.compare()
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)

    def compare(self):
        """Print a line for each size, with the median of a few rounds."""
        self.stdout.write(f"{connection.vendor}, median of {ROUNDS} rounds")
        self.stdout.write(" steps   one query    id by id   ratio")
        for size in SIZES:
            run = make_run(size)
            ids = [step.task_id for step in run.steps.all()]
            assert by_query(run) == by_id(ids) == [states.SUCCESS] * size
            fast = seconds(lambda run=run: by_query(run))
            slow = seconds(lambda ids=ids: by_id(ids))
            self.stdout.write(
                f"{size:6} {1000 * fast:8.2f} ms {1000 * slow:8.2f} ms "
                f"{slow / fast:6.0f}x"
            )


def by_query(run: Run) -> list[str]:
    """Return Celery's states of the steps, as a page or the API reads them."""
    steps = run.steps.select_related("task").order_by("position")
    return [step.task.status for step in steps]


def by_id(ids: list[str]) -> list[str]:
    """Return the same as Celery's documentation has it: one result after another."""
    return [app.AsyncResult(task_id).state for task_id in ids]


def seconds(function) -> float:
    """Return how long a call takes, in the median."""
    times = []
    for _ in range(ROUNDS):
        begin = perf_counter()
        function()
        times.append(perf_counter() - begin)
    return median(times)


def make_run(size: int) -> Run:
    """Write down a run whose steps have all succeeded."""
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
