"""Responses of POST /api/runs/{id}/retry/."""

import pytest

from tests.support.drf_api import add_events, assert_problem
from workflows.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def retry(api, run):
    return api.post(f"/api/runs/{run.pk}/retry/")


@pytest.mark.parametrize("events", [[2.0, 6.0], [ValueError("no")], ["revoked"]])
def test_a_finished_run_is_retried(api, new_run, events, published):
    old = add_events(new_run(), *events)
    response = retry(api, old)
    assert response.status_code == 202
    body = response.json()
    assert body["retry_of"] == str(old.pk)
    assert body["id"] in response["Location"]
    assert body["job_data"] == old.job_data
    assert body["state"] == "queued"
    assert published() == 2


@pytest.mark.parametrize("events", [[], ["started"]])
def test_an_unfinished_run_is_409(api, new_run, events):
    assert_problem(retry(api, add_events(new_run(), *events)), 409)
    assert Run.objects.count() == 1


def test_without_a_broker_it_is_503(api, new_run, break_broker):
    run = add_events(new_run(), 2.0, 6.0)
    break_broker()
    assert_problem(retry(api, run), 503)
    assert Run.objects.full().get(retry_of=run).state == "failed"


def test_only_owner_and_staff_may_retry(
    api, new_run, owner, stranger, staff, login_required
):
    run = add_events(new_run(owner=owner), 2.0, 6.0)
    assert_problem(retry(api, run), 401)
    for user, code in ((stranger, 404), (owner, 202), (staff, 202)):
        api.force_authenticate(user)
        assert retry(api, run).status_code == code
    assert {run.owner for run in Run.objects.all()} == {owner, staff}


class TestIdempotencyKey:
    def test_the_same_key_gives_the_same_run(self, api, new_run, published):
        run = add_events(new_run(), 2.0, 6.0)
        headers = {"Idempotency-Key": "again"}
        address = f"/api/runs/{run.pk}/retry/"
        first, second = (api.post(address, headers=headers) for _ in range(2))
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json() == second.json()
        assert published() == 2  # the run and one retry

    def test_a_key_of_another_request_is_422(self, api, new_run):
        run, other = (add_events(new_run(), 2.0, 6.0) for _ in range(2))
        headers = {"Idempotency-Key": "again"}
        api.post(f"/api/runs/{run.pk}/retry/", headers=headers)
        again = api.post(f"/api/runs/{other.pk}/retry/", headers=headers)
        assert_problem(again, 422)
        start = {"testcase": run.testcase, "job_data": run.job_data}
        assert_problem(api.post("/api/runs/", start, headers=headers), 422)

    def test_an_invalid_key_is_400(self, api, new_run):
        run = add_events(new_run(), 2.0, 6.0)
        headers = {"Idempotency-Key": "a b"}
        answer = api.post(f"/api/runs/{run.pk}/retry/", headers=headers)
        assert_problem(answer, 400, "Idempotency-Key")
