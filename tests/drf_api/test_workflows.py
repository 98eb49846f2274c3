"""Responses of GET /api/workflows/."""

from tests.support.drf_api import assert_problem
from workflows.serializers import StartSerializer
from workflows.testcases import TESTCASES


def test_each_testcase_has_a_working_example(api, db):
    body = api.get("/api/workflows/").json()
    assert {
        workflow["testcase"]: [step["name"] for step in workflow["steps"]]
        for workflow in body
    } == TESTCASES
    for workflow in body:
        assert StartSerializer(data=workflow["example"]).is_valid()
        given = workflow["example"]["job_data"]
        assert {name: len(numbers) for name, numbers in given.items()} == {
            step["name"]: step["numbers"] for step in workflow["steps"]
        }


def test_anonymous_clients_must_log_in(api, db, login_required):
    assert_problem(api.get("/api/workflows/"), 401)
