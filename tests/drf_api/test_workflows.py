"""The answers of GET /api/workflows/ to all who may ask."""

from tests.support.drf_api import assert_problem
from workflows.testcases import TESTCASES, mistakes


def test_each_testcase_with_an_example_that_works(api, db):
    body = api.get("/api/workflows/").json()
    assert {
        workflow["testcase"]: [step["name"] for step in workflow["steps"]]
        for workflow in body
    } == TESTCASES
    for workflow in body:
        assert mistakes(**workflow["example"]) == {}
        assert [step["numbers"] for step in workflow["steps"]][:2] == [2, 1]


def test_nobody_is_asked_to_log_in(api, db, login_required):
    assert_problem(api.get("/api/workflows/"), 401)
