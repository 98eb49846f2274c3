"""Responses of POST /api/runs/{id}/cancel/."""

import uuid

import pytest

from tests.support.drf_api import add_events, assert_problem, reload

pytestmark = pytest.mark.django_db(transaction=True)


def cancel(api, run):
    return api.post(f"/api/runs/{run.pk}/cancel/")


@pytest.mark.parametrize("events", [[], ["started"], [2.0]])
def test_an_unfinished_run_is_cancelling(api, new_run, events):
    run = add_events(new_run(), *events)
    response = cancel(api, run)
    assert response.status_code == 202
    assert response.json()["state"] == "cancelling"
    assert response["Location"] == f"http://testserver/api/runs/{run.pk}/"


def test_cancelling_is_idempotent(api, new_run):
    run = new_run()
    cancel(api, run)
    asked = reload(run).cancel_requested_at
    assert cancel(api, run).status_code == 202
    assert reload(run).cancel_requested_at == asked


@pytest.mark.parametrize("events", [[2.0, 6.0], [ValueError("no")], ["revoked"]])
def test_a_finished_run_is_409(api, new_run, events):
    run = add_events(new_run(), *events)
    assert_problem(cancel(api, run), 409)
    assert reload(run).cancel_requested_at is None


def test_without_a_broker_the_request_is_stored(api, new_run, break_broker):
    run = new_run()
    break_broker()
    assert cancel(api, run).status_code == 202
    assert reload(run).cancel_requested_at


def test_only_owner_and_staff_may_cancel(
    api, new_run, owner, stranger, staff, login_required
):
    run = new_run(owner=owner)
    assert_problem(cancel(api, run), 401)
    for user, code in ((stranger, 404), (owner, 202), (staff, 202)):
        api.force_authenticate(user)
        assert cancel(api, run).status_code == code


def test_an_unknown_run_is_404_and_get_is_405(api, new_run):
    assert_problem(api.post(f"/api/runs/{uuid.uuid4()}/cancel/"), 404)
    assert_problem(api.get(f"/api/runs/{new_run().pk}/cancel/"), 405)
