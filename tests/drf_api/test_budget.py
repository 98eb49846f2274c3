"""The number of SQL statements for each operation, including BEGIN and COMMIT."""

import pytest
from celery.app.trace import build_tracer
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_celery_results.models import TaskResult

from taskrunner.celery import app
from tests.support.drf_api import reload
from workflows.models import Run
from workflows.tasks import div

pytestmark = pytest.mark.django_db(transaction=True)

RUN = {"testcase": "ESG-TC02", "job_data": {"div": [4, 2], "mul": [3]}}


def counted(captured) -> tuple[int, int]:
    """Return the numbers of statements and commits."""
    statements = [query["sql"] for query in captured]
    begun = sum(sql.startswith("BEGIN") for sql in statements)
    inside, commits = False, 0
    for sql in statements:
        if sql.startswith("BEGIN"):
            inside = True
        elif sql.startswith("COMMIT"):
            inside, commits = False, commits + 1
        elif not inside and not sql.startswith("SELECT"):
            commits += 1
    assert begun == sum(sql.startswith("COMMIT") for sql in statements)
    return len(statements), commits


def test_a_post_that_starts_a_run(api):
    with CaptureQueriesContext(connection) as captured:
        assert api.post("/api/runs/", RUN).status_code == 202
    statements, commits = counted(captured)
    assert (statements, commits) <= (5, 2), [query["sql"] for query in captured]


def test_a_step(api, settings):
    settings.STEP_SECONDS = 0
    api.post("/api/runs/", RUN)
    step = Run.objects.get().steps.first()
    trace = build_tracer(div.name, div, app=app)
    request = {"id": step.task_id, "task": div.name, "delivery_info": {}}
    with CaptureQueriesContext(connection) as captured:
        trace(step.task_id, [4, 2], {}, request)
    statements, commits = counted(captured)
    assert (statements, commits) <= (5, 2), [query["sql"] for query in captured]
    assert TaskResult.objects.get().status == "SUCCESS"
    assert reload(Run.objects.get()).stated_steps[0].result == 2.0


def test_a_get_of_a_run(api, new_run):
    run = new_run()
    with CaptureQueriesContext(connection) as captured:
        assert api.get(f"/api/runs/{run.pk}/").status_code == 200
    assert len(captured) == 2
