"""The admin with many rows: deletions, filters, counts and snapshots."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_celery_results.models import TaskResult

from monitor.models import SeenTask
from people.models import Batch
from people.users import make_users
from tests.support.drf_api import insert_finished_runs, instructions_for
from workflows.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(admin_client) -> Client:
    """Return a client that is logged in as an administrator."""
    admin_client.defaults["HTTP_ACCEPT"] = "text/html,*/*;q=0.8"
    return admin_client


def delete_all(admin: Client, address: str) -> None:
    """Select and delete all rows on all pages of a list."""
    listed = admin.get(address).context["cl"].result_list
    selected = {
        "action": "delete_selected",
        "select_across": "1",
        "index": "0",
        "_selected_action": [str(row.pk) for row in listed],
    }
    page = admin.post(address, selected)
    assert page.status_code == 200
    form = page.text[page.text.index('value="delete_selected"') - 2000 :]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert fields["post"] == "yes"
    assert len(page.content) < 64 * 1024  # the page does not list the rows
    assert admin.post(address, fields).status_code == 302


def test_users_beyond_the_limit_of_form_fields_are_deleted(admin):
    make_users(1500, "seed")
    delete_all(admin, "/admin/auth/user/?q=user_")
    left = get_user_model().objects.values_list("username", flat=True)
    assert list(left) == ["admin"]


def test_runs_beyond_the_limit_of_the_body_are_deleted(admin):
    Run.objects.bulk_create(
        Run(testcase="ESG-TC02", job_data={}, publish_error="x") for _ in range(1301)
    )
    Run.objects.create(testcase="ESG-TC01", job_data={}, publish_error="x")
    delete_all(admin, "/admin/workflows/run/?testcase=ESG-TC02")
    assert list(Run.objects.values_list("testcase", flat=True)) == ["ESG-TC01"]


def test_single_selected_users_are_listed_and_deleted(admin):
    make_users(3, "seed")
    users = get_user_model().objects.filter(username__startswith="user_")
    some = [str(user.pk) for user in users[:2]]
    names = [user.username for user in users[:2]]
    data = {"action": "delete_selected", "_selected_action": some}
    page = admin.post("/admin/auth/user/", {**data, "select_across": "0", "index": "0"})
    assert all(name in page.text for name in names)
    admin.post("/admin/auth/user/", {**data, "post": "yes"})
    assert users.count() == 1


def result(name: str, **more) -> TaskResult:
    more |= {"task_name": name, "status": "SUCCESS"}
    return TaskResult.objects.create(task_id=name, **more)


def listed(admin: Client, query: str) -> set[str]:
    """Return the tasks in the list of results."""
    page = admin.get(f"/admin/django_celery_results/taskresult/?{query}")
    return {row.task_name for row in page.context["cl"].result_list}


def test_results_of_the_schedule_are_hidden_by_default(admin):
    result("mine")
    result("rescue", periodic_task_name="rescue")
    result("backup", periodic_task_name="backup, every hour")
    assert listed(admin, "") == {"mine"}
    assert listed(admin, "sender=schedule") == {"rescue", "backup"}
    assert listed(admin, "sender=all") == {"mine", "rescue", "backup"}
    assert listed(admin, "periodic_task_name=rescue") == {"rescue"}


def test_results_can_be_neither_added_nor_changed(admin):
    row = result("mine")
    address = "/admin/django_celery_results/taskresult/"
    page = admin.get(address).text
    assert "Select task result to view" in page
    assert f"{address}add/" not in page
    assert admin.get(f"{address}add/").status_code == 403
    changed = admin.post(f"{address}{row.pk}/change/", {"status": "FAILURE"})
    assert changed.status_code == 403


def test_pages_of_runs_and_batches_show_when_they_were_created(admin):
    run = Run.objects.create(testcase="ESG-TC02", job_data={})
    batch = Batch.objects.create(count=50)
    assert "Created at:" in admin.get(f"/admin/workflows/run/{run.pk}/change/").text
    assert "Created:" in admin.get(f"/admin/people/batch/{batch.pk}/change/").text


def test_a_snapshot_shows_rounded_seconds_and_a_short_id(admin):
    seen = {"state": "SUCCESS", "seen": timezone.now(), "runtime": 1.0123456789012}
    task = SeenTask.objects.create(id="d77e9a31-8b4a-4c58", name="add", **seen)
    for address in ("", f"{task.pk}/change/"):
        page = admin.get(f"/admin/monitor/seentask/{address}").text
        assert "1.01" in page
        assert "1.0123" not in page
    page = admin.get("/admin/monitor/seentask/").text
    assert '<span title="d77e9a31-8b4a-4c58">d77e9a31</span>' in page


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="The test counts the instructions of SQLite."
)
@pytest.mark.parametrize(
    "address",
    [
        "/admin/workflows/run/",
        "/admin/workflows/run/?state=failed",
        "/admin/django_celery_results/taskresult/",
        "/admin/monitor/seentask/",
    ],
)
def test_the_cost_of_a_list_does_not_grow_with_its_rows(admin, monkeypatch, address):
    monkeypatch.setattr("web.admin.COUNTED", 250)  # more rows than a page shows
    insert_finished_runs(260)
    few = instructions_for(admin, address)
    insert_finished_runs(800)
    assert instructions_for(admin, address) < 1.5 * few


def test_a_list_counts_up_to_a_limit(admin, monkeypatch):
    monkeypatch.setattr("web.admin.COUNTED", 100)
    insert_finished_runs(120)
    page = admin.get("/admin/workflows/run/")
    assert page.context["cl"].result_count == 100
    assert "ESG-TC03" in page.text


def test_a_filter_lists_known_values_without_reading_the_rows(admin):
    result("workflows.tasks.add", worker="celery@gone")
    result("workflows.tasks.div", worker="celery@here")
    assert listed(admin, "task_name=workflows.tasks.add") == {"workflows.tasks.add"}
    assert listed(admin, "worker=celery@gone") == {"workflows.tasks.add"}
    page = admin.get("/admin/django_celery_results/taskresult/").text
    assert "task_name=workflows.tasks.mul" in page
