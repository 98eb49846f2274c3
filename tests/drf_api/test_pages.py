"""The workflow pages without JavaScript."""

import re

import pytest
from django.db import connection
from django.test import Client

from tests.support.drf_api import (
    add_events,
    insert_finished_runs,
    instructions_for,
    reload,
)
from workflows.models import Run
from workflows.templatetags.states import rounded

pytestmark = pytest.mark.django_db(transaction=True)

FORM = {"testcase": "ESG-TC02", "div": ["4", "2"], "mul": "2.5"}


@pytest.fixture
def browser(client):
    client.defaults["HTTP_ACCEPT"] = "text/html,application/xhtml+xml,*/*;q=0.8"
    return client


def text(response, code=200):
    assert response.status_code == code
    assert response["Content-Type"].startswith("text/html")
    return response.content.decode()


@pytest.mark.parametrize("address", ["/", "/runs/"])
def test_an_empty_list_shows_a_message(browser, address):
    page = text(browser.get(address))
    assert "No runs here yet" in page
    assert "every " not in page


@pytest.mark.parametrize("address", ["/", "/runs/"])
def test_pages_poll_only_while_a_run_is_unfinished(browser, new_run, address):
    run = new_run()
    page = text(browser.get(address))
    assert "every " in page
    assert 'http-equiv="refresh"' in page
    add_events(run, 2.0, 6.0)
    page = text(browser.get(address))
    assert "every " not in page
    assert "refresh" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_a_few_queries(
    browser, new_run, count, django_assert_max_num_queries
):
    for _ in range(count):
        add_events(new_run(), ValueError("no"))
    with django_assert_max_num_queries(3):
        page = text(browser.get("/runs/"))
    assert page.count("<tr>") - 1 == min(count, 20)
    assert ("Page 1 of 2" in page) == (count > 20)
    with django_assert_max_num_queries(2):
        text(browser.get("/"))


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="The test counts the instructions of SQLite."
)
@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/runs/",
        "/runs/?page=2",
        "/runs/?state=queued",
        "/runs/?state=failed",
        "/api/runs/",
        "/api/runs/?state=queued",
        "/api/runs/?state=succeeded",
        "/api/runs/?state=failed",
        "/api/runs/?state=cancelling",
        "/api/runs/?testcase=ESG-TC01",
    ],
)
def test_the_cost_of_a_list_does_not_grow_with_ended_runs(browser, new_run, address):
    """The cost is the number of instructions of SQLite's virtual machine."""
    new_run()
    insert_finished_runs(40)
    few = instructions_for(browser, address)
    insert_finished_runs(360)
    assert instructions_for(browser, address) < 1.5 * few


def test_the_list_filters_by_state(browser, new_run):
    add_events(new_run("ESG-TC01"), ValueError("no"))
    add_events(new_run("ESG-TC03"), 6, 4)
    assert "ESG-TC01" in text(browser.get("/runs/?state=failed"))
    assert "ESG-TC03" not in text(browser.get("/runs/?state=failed"))
    page = text(browser.get("/runs/?state=cancelled"))
    assert "No runs have this state." in page
    assert "No runs here yet" not in page


class TestStart:
    def test_it_redirects_to_the_run(self, browser):
        response = browser.post("/runs/start/", FORM)
        run = Run.objects.get()
        assert response.status_code == 302
        assert response["Location"] == f"/runs/{run.pk}/"
        assert run.job_data == {"div": [4, 2], "mul": [2.5]}

    @pytest.mark.parametrize(
        "wrong",
        [{"mul": "x"}, {"mul": ""}, {"div": ["4"]}, {"mul": "nan"}, {"mul": "1e999"}],
    )
    def test_wrong_input_is_shown_again(self, browser, wrong):
        page = text(browser.post("/runs/start/", FORM | wrong), 400)
        assert f"job_data.{next(iter(wrong))}: Send a list of" in page
        assert not Run.objects.exists()

    def test_an_unknown_testcase(self, browser):
        page = text(browser.post("/runs/start/", {"testcase": "<b>"}), 400)
        assert "&lt;b&gt;" in page
        assert "<b>" not in page

    def test_without_a_broker(self, browser, no_broker):
        page = text(browser.post("/runs/start/", FORM), 503)
        assert "The broker is unreachable. Try again later." in page
        assert Run.objects.full().get().state == "failed"

    def test_it_requires_a_csrf_token(self):
        browser = Client(enforce_csrf_checks=True, HTTP_ACCEPT="text/html")
        page = text(browser.post("/runs/start/", FORM), 403)
        assert "Reload its page" in page
        assert not Run.objects.exists()

    def test_too_many_requests_are_throttled(self, browser, monkeypatch):
        from web.throttling import PostThrottle

        monkeypatch.setitem(PostThrottle.THROTTLE_RATES, "start", "1/min")
        browser.post("/runs/start/", FORM)
        assert "Wait a minute" in text(browser.post("/runs/start/", FORM), 429)


class TestRun:
    def test_a_run_that_failed(self, browser, new_run, django_assert_num_queries):
        run = add_events(new_run(), ZeroDivisionError("division by zero"))
        with django_assert_num_queries(2):
            page = text(browser.get(f"/runs/{run.pk}/"))
        assert "ZeroDivisionError: division by zero" in page
        assert "Traceback" in page
        assert "Skipped" in page
        assert "<svg" in page
        assert "Run again" in page
        assert "every " not in page
        assert 'job_data={"div": [4, 2], "mul": [3]}' in page.replace("&quot;", '"')

    def test_a_result_is_rounded(self, browser, new_run):
        run = add_events(new_run(), 1 / 3, 1.0)
        page = text(browser.get(f"/runs/{run.pk}/"))
        assert '<b title="0.3333333333333333">= 0.3333333333</b>' in page
        assert "= 1.0<" in page
        assert rounded(-1e-12 / 3) == "-3.333333333e-13"
        assert rounded(12) == "12"

    def test_a_running_run_can_be_cancelled(self, browser, new_run):
        run = add_events(new_run(), "started")
        page = text(browser.get(f"/runs/{run.pk}/"))
        assert "every " in page
        assert "Run again" not in page
        response = browser.post(f"/runs/{run.pk}/cancel/", follow=True)
        assert "Cancelling" in text(response)
        add_events(run, "revoked")
        response = browser.post(f"/runs/{run.pk}/cancel/", follow=True)
        assert "The run has already ended: cancelled." in text(response)

    def test_a_finished_run_can_be_retried(self, browser, new_run):
        run = new_run()
        assert "is still queued" in text(
            browser.post(f"/runs/{run.pk}/retry/", follow=True)
        )
        add_events(run, 2.0, 6.0)
        page = text(browser.post(f"/runs/{run.pk}/retry/", follow=True))
        assert "an earlier run" in page

    def test_anonymous_users_and_strangers_have_no_access(
        self, browser, new_run, owner, stranger, staff, login_required
    ):
        run = new_run(owner=owner)
        address = f"/runs/{run.pk}/"
        assert browser.get(address)["Location"] == f"/login/?next={address}"
        for user, code in ((owner, 200), (stranger, 404), (staff, 200)):
            browser.force_login(user)
            text(browser.get(address), code)
        browser.force_login(stranger)
        text(browser.post(f"{address}cancel/"), 404)
        text(browser.post(f"{address}retry/"), 404)


def test_the_admin_shows_runs_with_their_state(browser, new_run, admin_user):
    add_events(new_run("ESG-TC01"), 2.0)
    run = add_events(new_run(), ValueError("no"))
    browser.force_login(admin_user)

    def states(address):
        """Check the badges' colours, and return their labels in order."""
        page = text(browser.get(f"/admin/workflows/run/{address}"))
        assert "/admin.css" in page  # imports states.css
        badges = r'<span class="state (?:red|pale|blue|grey|green)">(.+?)</span>'
        return re.findall(badges, page)

    assert states("") == ["Failed", "Running"]
    assert states("?state=running") == ["Running"]
    assert states(f"{run.pk}/change/") == ["Failed", "Failed", "Skipped"]


def test_the_admin_cancels_a_run_that_it_deletes(
    browser, new_run, admin_user, monkeypatch
):
    revoked = []
    monkeypatch.setattr("workflows.runs.revoke", revoked.append)
    browser.force_login(admin_user)
    one, other, ended = new_run(), new_run(), add_events(new_run(), 2.0, 6.0)
    ids = [[step.task_id for step in run.steps.all()] for run in (one, other)]
    form = {"post": "yes"}
    browser.post(f"/admin/workflows/run/{one.pk}/delete/", form)
    form |= {"action": "delete_selected", "_selected_action": [other.pk, ended.pk]}
    browser.post("/admin/workflows/run/", form)
    assert revoked == ids
    assert not Run.objects.exists()


def test_the_admin_deletes_no_results(browser, new_run, admin_user):
    browser.force_login(admin_user)
    run = add_events(new_run(), 2.0, 6.0)
    result = run.stated_steps[0].task
    address = f"/admin/django_celery_results/taskresult/{result.pk}/"
    assert "Delete" not in text(browser.get(f"{address}change/"))
    assert browser.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert reload(run).state == "succeeded"


@pytest.mark.parametrize("given", [{}, {"div": 9 * [1], "mul": 9 * [1]}])
def test_a_forged_form_is_shown_again_with_all_inputs(browser, given):
    page = text(browser.post("/runs/start/", {"testcase": "ESG-TC02", **given}), 400)
    assert page.count('name="div"') == text(browser.get("/")).count('name="div"')
    assert page.count('name="mul"') == text(browser.get("/")).count('name="mul"')


@pytest.mark.parametrize(
    ("asked", "next_polls"), [("1", "0"), ("3", "2"), ("9", "2"), ("-1", ""), ("x", "")]
)
def test_the_list_of_jobs_limits_its_polls(browser, asked, next_polls):
    htmx = {"HX-Request": "true"}
    page = text(browser.get(f"/jobs/active/?polls={asked}", headers=htmx))
    assert re.findall(r"polls=(.*?)\"", page) == ([next_polls] if next_polls else [])
