"""Migrations convert a database with runs of an earlier version."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

MOMENT = datetime(2026, 11, 28, tzinfo=UTC)
OLD, NEW = ("workflows", "0004_claims"), ("workflows", "0005_end")

# Runs of the earlier version: fields, states of the results, and state after migration.
RUNS = {
    "succeeded": ({}, ["SUCCESS", "SUCCESS"], "succeeded"),
    "one step failed": ({}, ["SUCCESS", "FAILURE"], "failed"),
    "never published": ({"publish_error": "no broker"}, [], "failed"),
    "failed before cancelled": ({}, ["FAILURE", "REVOKED"], "failed"),
    "cancelled": ({}, ["SUCCESS", "REVOKED"], "cancelled"),
    "cancelled, never sent": ({"cancel_requested_at": MOMENT}, [], "cancelled"),
    "still runs": ({"watched": True}, ["SUCCESS"], ""),
}


@pytest.fixture
def migrate(transactional_db):
    """Return a function that migrates to a version.

    After the test, the fixture migrates to the latest version.
    """

    def migrate(target):
        executor = MigrationExecutor(connection)
        executor.migrate([target])
        return MigrationExecutor(connection).loader.project_state([target]).apps

    yield migrate
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_the_migrated_states_match_the_results(migrate):
    old = migrate(OLD)
    names = {}
    for name, (fields, states, _) in RUNS.items():
        run = old.get_model("workflows", "Run").objects.create(
            testcase="ESG-TC02", job_data={}, **({"watched": False} | fields)
        )
        names[run.pk] = name
        for position, state in enumerate(states):
            step = old.get_model("workflows", "Step").objects.create(
                run=run, position=position, name="div", numbers=[4, 2]
            )
            old.get_model("django_celery_results", "TaskResult").objects.create(
                task_id=step.task_id, status=state
            )

    migrated = migrate(NEW).get_model("workflows", "Run").objects.all()

    ends = {names[run.pk]: run.ended_as for run in migrated}
    assert ends == {name: end for name, (*_, end) in RUNS.items()}
