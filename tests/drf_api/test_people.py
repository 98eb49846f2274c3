"""people: the form, the batch, its progress, the list."""

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
from people.users import SIZE, made_users, make_users
from taskrunner.celery import app
from tools.waiting import until
from workflows.states import State

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()


def test_users_are_as_the_tutorial_has_them():
    assert make_users(50, seed="a") == 50
    user = made_users().first()
    assert user.username.startswith("user_")
    assert len(user.username) == len("user_") + 10
    assert user.email == f"{user.username}@example.com"
    assert not user.has_usable_password()
    assert user.check_password("") is False


def test_made_again_no_user_is_made_twice():
    make_users(60, seed="a")
    before = set(User.objects.values_list("pk", "username"))
    assert make_users(60, seed="a") == 60
    assert set(User.objects.values_list("pk", "username")) == before
    assert make_users(60, seed="b") == 60
    assert User.objects.count() == 120


def test_what_was_left_half_done_is_completed():
    def die(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_users(100, "a", report=die)
    assert User.objects.count() == SIZE
    assert make_users(100, "a") == 100
    assert User.objects.count() == 100


def test_they_are_made_in_batches(django_assert_max_num_queries):
    reported = []
    with django_assert_max_num_queries(3 * 20 + 1):  # an INSERT and a savepoint each
        make_users(500, "a", report=reported.append)
    assert reported == list(range(SIZE, 501, SIZE))


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_time_make_each_user_once():
    def make(_):
        try:
            return make_users(100, "a")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(make, range(2))) == [100, 100]
    assert User.objects.count() == 100


@pytest.mark.parametrize("count", ["49", "501", "", "x", "-1", "1e2"])
def test_the_form_refuses_other_numbers(client, count, no_broker):
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
    assert f"Making {count} users." in response.text
    assert f"0 of {count} users" in response.text
    assert "Queued" in response.text


def test_without_a_broker_the_form_says_so_and_nothing_is_left(client, no_broker):
    response = client.post("/people/new/", {"count": 50})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "Nothing was started" in response.text
    assert not Batch.objects.exists()


def test_the_form_asks_for_a_csrf_token():
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/people/new/", {"count": 50}).status_code == 403


def result(batch, status, value):
    """Write what a worker would have written."""
    TaskResult.objects.create(
        task_id=str(batch.pk), status=status, result=json.dumps(value)
    )


def test_the_bar_moves_and_stops_by_itself(client):
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


def test_a_failed_batch_says_why_and_stops(client):
    batch = Batch.objects.create(count=50)
    app.backend.store_result(str(batch.pk), OSError("disk is full"), "FAILURE")
    page = client.get(f"/people/?batch={batch.pk}").text
    assert "OSError: disk is full" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize("batch", ["x", "", uuid.uuid4()])
def test_a_batch_that_never_was(client, batch):
    status = 404 if batch else 200
    assert client.get(f"/people/?batch={batch}").status_code == status


@pytest.mark.parametrize("address", ["/people/", "/people/new/"])
def test_with_login_it_is_for_staff(client, settings, address):
    settings.LOGIN_REQUIRED = True
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("somebody"))
    assert client.get(address).status_code == 403
    assert address not in client.get("/runs/").text  # nor is it led to
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.get(address).status_code == 200
    assert 'href="/people/"' in client.get("/runs/").text


def test_an_empty_list_leads_to_the_form(client):
    User.objects.create_superuser("root")  # not one of the random users
    page = client.get("/people/").text
    assert "Nobody here yet." in page
    assert 'href="/people/new/"' in page


def test_the_list_has_pages(client, django_assert_num_queries):
    make_users(60, seed="a")
    with django_assert_num_queries(2):  # how many, and one page of them
        first = client.get("/people/").text
    assert first.count("@example.com") == 25
    assert "60 users" in first
    last = client.get("/people/?page=3").text
    assert last.count("@example.com") == 10
    assert client.get("/people/?page=99").text.count("@example.com") == 10


@pytest.mark.stack
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_them_and_says_how_far_it_is(client, shared_stack):
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
        assert len(seen) > 2  # it says how far it is, not only that it is done
        # Delivered a second time, by another id or by the same.
        again = make_batch.delay(str(batch.pk))
        until(TaskResult.objects.filter(task_id=again.id, status="SUCCESS").exists)
    assert User.objects.count() == 100


def test_a_batch_without_users_yet_does_not_say_that_nobody_is_there(client):
    batch = Batch.objects.create(count=50)
    page = client.get(f"/people/?batch={batch.pk}").text
    assert "0 of 50 users" in page
    assert "The first users appear here" in page
    assert "Nobody here yet" not in page
    assert "Nobody here yet" in client.get("/people/").text
