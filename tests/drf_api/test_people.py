"""Random users: the form, batches and their progress, and the list."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django_celery_results.models import TaskResult

from people.models import Batch
from people.progress import progress
from people.tasks import make_batch
from people.users import SIZE, generated_users, make_users
from taskrunner.celery import app
from tools.waiting import until
from workflows.states import State

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()


def test_users_have_random_names_and_no_password():
    assert make_users(50, seed="a") == 50
    user = generated_users().first()
    assert user.username.startswith("user_")
    assert len(user.username) == len("user_") + 10
    assert user.email == f"{user.username}@example.com"
    assert not user.has_usable_password()
    assert user.check_password("") is False


def test_creating_users_is_idempotent():
    make_users(60, seed="a")
    before = set(User.objects.values_list("pk", "username"))
    assert make_users(60, seed="a") == 60
    assert set(User.objects.values_list("pk", "username")) == before
    assert make_users(60, seed="b") == 60
    assert User.objects.count() == 120


def test_a_second_call_completes_an_interrupted_call():
    def die(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_users(100, "a", report=die)
    assert User.objects.count() == SIZE
    assert make_users(100, "a") == 100
    assert User.objects.count() == 100


def test_users_are_created_in_batches(django_assert_max_num_queries):
    reported = []
    with django_assert_max_num_queries(
        3 * 20 + 1
    ):  # for each batch, an INSERT and a savepoint
        make_users(500, "a", report=reported.append)
    assert reported == list(range(SIZE, 501, SIZE))


@pytest.mark.django_db(transaction=True)
def test_two_concurrent_calls_create_each_user_once():
    def make(_):
        try:
            return make_users(100, "a")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(make, range(2))) == [100, 100]
    assert User.objects.count() == 100


@pytest.mark.parametrize("count", ["49", "501", "", "x", "-1", "1e2"])
def test_the_form_rejects_invalid_numbers(client, count, no_broker):
    response = client.post("/people/new/", {"count": count})
    assert response.status_code == 400
    assert "errorlist" in response.text
    assert not Batch.objects.exists()


@pytest.mark.stack
@pytest.mark.parametrize("count", [50, 500])
def test_the_form_starts_the_task_and_goes_to_the_list(client, count, broker):
    response = client.post("/people/new/", {"count": count}, follow=True)
    batch = Batch.objects.get()
    assert response.redirect_chain == [(f"/people/?batch={batch.pk}", 302)]
    assert f"Creating {count} users." in response.text
    assert f"0 of {count} users" in response.text
    assert "Queued" in response.text


def test_without_a_broker_the_form_is_503_and_leaves_no_batch(client, no_broker):
    response = client.post("/people/new/", {"count": 50})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Nothing was started" in response.text
    assert not Batch.objects.exists()


def test_the_form_requires_a_csrf_token():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/people/new/", {"count": 50}).status_code == 403


def result(batch, status, value):
    """Store a result as a worker does."""
    TaskResult.objects.create(
        task_id=str(batch.pk), status=status, result=json.dumps(value)
    )


def test_the_progress_bar_polls_until_the_end(client):
    batch = Batch.objects.create(count=50)
    address = f"/people/?batch={batch.pk}"

    def page():
        return client.get(address).text

    assert 'hx-trigger="every 1s"' in page()
    assert '<noscript><meta http-equiv="refresh"' in page()
    result(batch, "PROGRESS", {"done": 25, "total": 50})
    assert 'max="50" value="25"' in page()
    assert "Running" in page()
    assert 'hx-trigger="every 1s"' in page()
    TaskResult.objects.update(status="SUCCESS", result="50")
    assert 'max="50" value="50"' in page()
    assert "hx-trigger" not in page()
    assert "http-equiv" not in page()


def test_a_failed_batch_shows_its_error(client):
    batch = Batch.objects.create(count=50)
    app.backend.store_result(str(batch.pk), OSError("disk is full"), "FAILURE")
    page = client.get(f"/people/?batch={batch.pk}").text
    assert "OSError: disk is full" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize("batch", ["x", "", uuid.uuid4()])
def test_an_unknown_batch_is_404(client, batch):
    status = 404 if batch else 200
    assert client.get(f"/people/?batch={batch}").status_code == status


@pytest.mark.parametrize("address", ["/people/", "/people/new/"])
def test_with_login_the_pages_are_for_staff(client, settings, address):
    settings.LOGIN_REQUIRED = True
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("user"))
    assert client.get(address).status_code == 403
    assert address not in client.get("/runs/").text  # no link to a forbidden page
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.get(address).status_code == 200
    assert 'href="/people/"' in client.get("/runs/").text


def test_an_empty_list_links_to_the_form(client):
    User.objects.create_superuser("root")  # not one of the random users
    page = client.get("/people/").text
    assert "No users yet." in page
    assert 'href="/people/new/"' in page


def test_the_list_has_pages(client, django_assert_num_queries):
    make_users(60, seed="a")
    with django_assert_num_queries(2):  # one for the count, and one for the page
        first = client.get("/people/").text
    assert first.count("@example.com") == 25
    assert "60 users" in first
    last = client.get("/people/?page=3").text
    assert last.count("@example.com") == 10
    assert client.get("/people/?page=99").text.count("@example.com") == 10


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_worker_creates_users_and_reports_progress(client, shared_stack):
    seen = set()

    def finished():
        now = progress(batch)
        seen.add(now.done)
        return now.state.finished and now

    with shared_stack.worker():
        client.post("/people/new/", {"count": 100})
        batch = Batch.objects.get()
        assert until(finished).state is State.SUCCEEDED
        assert 100 in seen <= {0, 25, 50, 75, 100}
        assert len(seen) > 2  # the worker reported progress before the end
        # Run the same batch again with another task id.
        again = make_batch.delay(str(batch.pk))
        until(TaskResult.objects.filter(task_id=again.id, status="SUCCESS").exists)
    assert User.objects.count() == 100


def test_an_unfinished_batch_is_not_an_empty_list(client):
    batch = Batch.objects.create(count=50)
    page = client.get(f"/people/?batch={batch.pk}").text
    assert "0 of 50 users" in page
    assert "The first users appear here" in page
    assert "No users yet" not in page
    assert "No users yet" in client.get("/people/").text
