"""The answers of GET /api/workflows/ to all who may ask."""

from tests.support.drf_api import assert_problem
from workflows.serializers import StartSerializer
from workflows.testcases import TESTCASES


def test_each_testcase_with_an_example_that_works(api, db):
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


def test_nobody_is_asked_to_log_in(api, db, login_required):
    assert_problem(api.get("/api/workflows/"), 401)
