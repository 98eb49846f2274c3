"""Responses of GET /api/runs/{id}/."""

import uuid

import pytest

from tests.support.drf_api import add_events, assert_problem

pytestmark = pytest.mark.django_db


def show(api, run):
    response = api.get(f"/api/runs/{run.pk}/")
    assert response.status_code == 200
    return response.json()


def test_a_run_that_succeeded(api, new_run, django_assert_num_queries):
    run = add_events(new_run(), 2.0, 6.0)
    with django_assert_num_queries(2):
        body = show(api, run)
    assert (body["state"], body["percent"], body["error"]) == ("succeeded", 100, "")
    assert [step["result"] for step in body["steps"]] == [2.0, 6.0]
    assert all(step["started_at"] < step["finished_at"] for step in body["steps"])
    assert body["finished_at"] == body["steps"][-1]["finished_at"]
    assert "retry" in body["links"]
    assert "cancel" not in body["links"]


def test_a_failed_run_is_200(api, new_run):
    body = show(api, add_events(new_run(), ZeroDivisionError("division by zero")))
    assert body["state"] == "failed"
    assert body["error"] == "ZeroDivisionError: division by zero"
    div, mul = body["steps"]
    assert (div["state"], div["error"]) == ("failed", body["error"])
    assert (mul["state"], mul["error"], mul["started_at"]) == ("skipped", "", None)


def test_the_filters_of_the_list_do_not_apply_to_a_run(api, new_run):
    address = f"/api/runs/{new_run().pk}/"
    assert api.get(address, {"state": "failed", "testcase": "x"}).status_code == 200


@pytest.mark.parametrize("pk", [uuid.uuid4(), "1", "x"])
def test_an_unknown_run_is_404(api, pk):
    assert_problem(api.get(f"/api/runs/{pk}/"), 404)


def test_a_foreign_run_is_404(api, new_run, owner, stranger, staff, login_required):
    run = new_run(owner=owner)
    address = f"/api/runs/{run.pk}/"
    assert_problem(api.get(address), 401)
    for user, code in ((owner, 200), (stranger, 404), (staff, 200)):
        api.force_authenticate(user)
        assert api.get(address).status_code == code
