"""Measure the SQL statements, commits and times of a POST, a step and a GET."""

import os
from statistics import median
from time import process_time

from celery import current_app as app
from celery.app.trace import build_tracer
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.test.utils import CaptureQueriesContext
from kombu import pools
from rest_framework.test import APIClient

from sprout.broker import Broker
from tools.bench.timing import scratch_database, size
from workflows.models import Run

RUN = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}


class Command(BaseCommand):
    """Print a line each for a POST, a step and a GET, which run in this process."""

    help = (
        "Count the SQL statements of a POST, a step and a GET, and measure the times."
    )

    def add_arguments(self, parser):
        """Add the option for the number of rounds."""
        parser.add_argument("--rounds", type=size, default=300, help="per measurement")

    def handle(self, rounds, **options):
        """Measure on an empty database and a private broker."""
        settings.DEBUG, settings.STEP_SECONDS = False, 0
        settings.ALLOWED_HOSTS = ["testserver"]
        self.stdout.write(f"The cost of a run, {connection.vendor}, {rounds} rounds")
        self.stdout.write("        statements  commits  processor ms, median")
        with Broker() as broker, scratch_database():
            os.environ["CELERY_BROKER_URL"] = broker.url()
            pools.reset()
            app.loader.import_default_modules()
            for name, work in (("POST", post), ("step", step), ("GET", get)):
                statements, commits, times = work(rounds)
                self.stdout.write(
                    f"{name:6} {statements:11} {commits:8} {1000 * median(times):21.2f}"
                )


def counted(captured) -> tuple[int, int]:
    """Return the numbers of statements and commits in the captured queries."""
    statements = [query["sql"] for query in captured]
    inside, commits = False, 0
    for sql in statements:
        if sql.startswith("BEGIN"):
            inside = True
        elif sql.startswith("COMMIT"):
            inside, commits = False, commits + 1
        elif not inside and not sql.startswith(("SELECT", "PRAGMA")):
            commits += 1
    return len(statements), commits


def timed(rounds: int, prepare, work) -> tuple[int, int, list[float]]:
    """Count the statements and commits of one round, and time `rounds` more."""
    argument = prepare()
    with CaptureQueriesContext(connection) as captured:
        work(argument)
    count = counted(captured)  # The next request would delete the queries.
    times = []
    for argument in [prepare() for _ in range(rounds)]:
        begin = process_time()
        work(argument)
        times.append(process_time() - begin)
    return *count, times


def unthrottled() -> APIClient:
    """Disable the throttles of the API, and return a client."""
    from rest_framework.views import APIView

    APIView.throttle_classes = []
    return APIClient()


def start(client: APIClient) -> Run:
    """Start a run and return it."""
    answer = client.post("/api/runs/", RUN, format="json")
    assert answer.status_code == 202, answer.content
    return Run.objects.get(pk=answer.json()["id"])


def post(rounds: int):
    """Measure POST requests that start runs."""
    client = unthrottled()
    return timed(
        rounds,
        lambda: None,
        lambda _: client.post("/api/runs/", RUN, format="json"),
    )


def step(rounds: int):
    """Measure the first steps of runs, executed as in a pool process."""
    client = unthrottled()
    (task,) = [each for name, each in app.tasks.items() if name.endswith("tasks.div")]
    trace = build_tracer(task.name, task, app=app)

    def request():
        return start(client).steps.order_by("position").first()

    def work(found):
        more = {"id": found.task_id, "task": task.name, "delivery_info": {}}
        trace(found.task_id, [4, 2], {}, more)

    return timed(rounds, request, work)


def get(rounds: int):
    """Measure GET requests that read runs."""
    client = unthrottled()
    return timed(
        rounds,
        lambda: start(client).pk,
        lambda pk: client.get(f"/api/runs/{pk}/"),
    )
