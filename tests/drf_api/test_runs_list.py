"""Responses of GET /api/runs/."""

import base64
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.support.drf_api import add_events, assert_problem

pytestmark = pytest.mark.django_db


def ids(response):
    assert response.status_code == 200, response.content
    return [run["id"] for run in response.json()["results"]]


def test_an_empty_list(api):
    body = api.get("/api/runs/").json()
    assert body == {"next": None, "previous": None, "results": []}


def test_pages_list_every_run_once_newest_first(api, new_run):
    created = [str(new_run().pk) for _ in range(5)]
    seen, address = [], "/api/runs/?page_size=2"
    while address:
        response = api.get(address)
        seen += ids(response)
        address = response.json()["next"]
    assert seen == created[::-1]


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_three_queries(api, new_run, count, django_assert_num_queries):
    for _ in range(count):
        add_events(new_run(), 2.0, ValueError("no"))
    with django_assert_num_queries(3):
        assert len(ids(api.get("/api/runs/"))) == count


def test_filters(api, new_run):
    queued = new_run("ESG-TC01")
    running = add_events(new_run("ESG-TC02"), "started")
    failed = add_events(new_run("ESG-TC03"), OverflowError("large"))

    def found(**query):
        return ids(api.get("/api/runs/", query))

    assert found(state="queued") == [str(queued.pk)]
    assert found(state="running") == [str(running.pk)]
    assert found(state="failed") == [str(failed.pk)]
    assert found(state="cancelled") == []
    assert found(testcase="ESG-TC02") == [str(running.pk)]
    assert found(testcase="ESG-TC02", state="failed") == []
    after = {"created_after": running.created_at.isoformat()}
    assert found(**after) == [str(failed.pk), str(running.pk)]
    before = {"created_before": running.created_at.isoformat()}
    assert found(**before) == [str(queued.pk)]
    later = running.created_at + timedelta(days=1)
    assert found(created_after=later.isoformat()) == []
    assert len(found(created_after="0001-01-01T00:00:00+14:00")) == 3
    assert len(found(created_before="9999-12-31T23:59:59-14:00")) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"},
        {"testcase": "x"},
        {"created_after": "yesterday"},
        {"state": "a\0"},
    ],
)
def test_an_invalid_filter_is_400(api, query):
    assert_problem(api.get("/api/runs/", query), 400, *query)


@pytest.mark.parametrize(
    "cursor",
    [
        "p=yesterday",
        "p=2026-99-99",
        "p=2026-01-01T00:00:00",
        "p=0001-01-01T00:00:00%2B14:00",
        "p=a%00",
        "o=-1",
        "o=x",
    ],
)
def test_a_forged_cursor_is_404(api, new_run, cursor):
    new_run()
    forged = base64.b64encode(cursor.encode()).decode()
    assert_problem(api.get(f"/api/runs/?{urlencode({'cursor': forged})}"), 404)


def test_users_see_their_own_runs_and_staff_see_all(
    api, new_run, owner, stranger, staff, login_required
):
    run = new_run(owner=owner)
    assert_problem(api.get("/api/runs/"), 401)
    for user, expected in ((owner, [run]), (stranger, []), (staff, [run])):
        api.force_authenticate(user)
        assert ids(api.get("/api/runs/")) == [str(run.pk) for run in expected]
