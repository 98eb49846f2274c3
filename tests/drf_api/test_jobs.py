"""Jobs: routing keys, the form, the list of running jobs, and sample_task."""

import time

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from kombu.transport.virtual.exchange import TopicExchange

from delivery import queues
from delivery.broker import OperationalError
from jobs import views
from jobs.active import active_jobs
from jobs.tasks import lazy_job
from taskrunner.celery import app
from tools.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("key", "matching"),
    [
        ("tasks.report", ["celery"]),
        ("tasks.report.daily", ["celery"]),
        ("tasks.slow", ["celery"]),  # queue_for() requires a word after tasks.slow
        ("tasks.slowly.x", ["celery"]),
        ("tasks.slow.report", ["slow"]),
        ("tasks.slow.report.daily", ["slow"]),
        ("mail.report", []),
    ],
)
def test_a_key_matches_at_most_one_queue(key, matching):
    assert queues.matching_queues(key) == matching


@pytest.mark.parametrize(
    "binding", ["tasks.#", "tasks.*", "a.*.c", "#.c", "a.#.c", "tasks.x+"]
)
@pytest.mark.parametrize("key", ["tasks.a", "tasks.a.b", "a.b.c", "a.c", "tasks.x+"])
def test_bindings_match_as_in_kombu(binding, key):
    exchange = TopicExchange(channel=None)
    pattern = exchange.key_to_pattern(binding)
    # In RabbitMQ, the # of these two bindings can match zero words. In kombu's Redis
    # transport, the # matches at least one word.
    if (binding, key) not in {("#.c", "c"), ("a.#.c", "a.c")}:
        assert queues.matches(binding, key) == bool(exchange._match(pattern, key))


def test_a_hash_matches_zero_words():
    assert queues.matches("tasks.#", "tasks")
    assert queues.matches("a.#.c", "a.c")


@pytest.mark.stack
def test_the_form_sends_the_job_and_redirects(client, broker):
    data = {"name": "letters", "key": "slow.mail"}
    response = client.post("/jobs/", data, follow=True)
    assert response.redirect_chain == [("/jobs/", 302)]
    assert "Sent letters as tasks.slow.mail: queue slow." in response.text


@pytest.mark.parametrize(
    "key", ["", "a..b", "a b", "#", "a.*", ".a", "x" * 201, "a\n#"]
)
def test_the_form_rejects_an_invalid_key(client, key, no_broker):
    response = client.post("/jobs/", {"name": "letters", "key": key})
    assert response.status_code == 400
    assert "errorlist" in response.text


def test_the_form_rejects_a_key_that_matches_no_queue(client, monkeypatch, no_broker):
    only_mail = queues.topic_queue("celery", "tasks", "tasks.mail.#")
    monkeypatch.setattr(queues, "QUEUES", [only_mail])
    response = client.post("/jobs/", {"name": "letters", "key": "report"})
    assert response.status_code == 400
    assert (
        "No queue matches tasks.report, so the message would be lost." in response.text
    )


def test_without_a_broker_the_form_is_503_within_seconds(client, no_broker):
    began = time.monotonic()
    response = client.post("/jobs/", {"name": "letters", "key": "mail"})
    assert time.monotonic() - began < 30  # by default, kombu retries forever
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "The broker is unreachable" in response.text
    assert "letters" in response.text  # the form keeps the input


@pytest.mark.stack
def test_the_form_requires_a_csrf_token(broker):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/jobs/", {"name": "letters", "key": "mail"})
    assert response.status_code == 403


@pytest.fixture
def quick(stack):
    with stack.worker("-Q", "celery", "-n", "celery@quick") as worker:
        yield worker


@pytest.mark.stack
def test_each_worker_gets_its_own_jobs_once(client, stack, quick):
    client.post("/jobs/", {"name": "early", "key": "slow.before"})  # no worker yet
    with stack.worker("-Q", "slow", "-c", "1", "-n", "celery@slow") as slow:
        client.post("/jobs/", {"name": "letters", "key": "mail"})
        client.post("/jobs/", {"name": "report", "key": "slow.report"})
        until(lambda: "end: letters" in quick.log())
        until(lambda: "end: report" in slow.log())
    assert quick.log().count("start: ") == 1
    assert slow.log().count("start: ") == 2
    assert "start: early" in slow.log()


@pytest.mark.stack
def test_a_worker_of_another_queue_restores_unacknowledged_messages(
    client, stack, published
):
    client.post("/jobs/", {"name": "letters", "key": "mail"})
    with app.connection_for_read() as connection:
        # The received message is not acknowledged.
        assert connection.default_channel.basic_get("celery")
        assert published() == 0
        # Move the delivery into the past, beyond the visibility timeout.
        redis = connection.default_channel.client
        redis.zadd("unacked_index", dict.fromkeys(redis.hkeys("unacked"), 0))
        with stack.worker("-Q", "slow", "-c", "1", "-n", "celery@slow"):
            until(lambda: published() == 1)


@pytest.mark.stack
def test_the_list_polls_only_while_a_job_runs(client, quick):
    htmx = {"HX-Request": "true"}

    def listed():
        # On a busy machine, a job may end before the page loads, so send another job.
        if not active_jobs():
            lazy_job.apply_async(args=["letters"], routing_key="tasks.mail")
        page = client.get("/jobs/active/", headers=htmx).text
        return page if "letters" in page else None

    page = until(listed)
    assert "celery@quick" in page
    assert "jobs.tasks.lazy_job" in page
    assert "every 3s" in page  # rarely, because each poll blocks a thread for a while
    assert "<html" not in page
    until(lambda: not active_jobs())
    page = client.get("/jobs/active/", headers=htmx).text
    assert "No job is running." in page
    assert "hx-get" not in page


@pytest.mark.parametrize(("is_staff", "shown"), [(False, 0), (True, 1)])
def test_with_login_only_staff_see_the_arguments_of_jobs(
    client, settings, monkeypatch, is_staff, shown
):
    settings.LOGIN_REQUIRED = True
    job = {"name": "jobs.tasks.lazy_job", "args": ["secret"], "worker": "w"}
    monkeypatch.setattr(views, "active_jobs", lambda: [job])
    user = get_user_model().objects.create_user("user", is_staff=is_staff)
    client.force_login(user)
    page = client.get("/jobs/active/").text
    assert page.count("secret") == shown
    assert "jobs.tasks.lazy_job" in page


@pytest.mark.stack
def test_the_list_polls_a_few_times_for_a_new_job(client, broker):
    page = client.get("/jobs/active/?polls=2", headers={"HX-Request": "true"}).text
    assert "polls=1" in page
    assert "every 1s" in page
    page = client.get("/jobs/active/?polls=0", headers={"HX-Request": "true"}).text
    assert "hx-get" not in page


@pytest.mark.stack
def test_the_list_is_a_plain_page_without_htmx(client, broker):
    response = client.get("/jobs/active/?polls=x")
    assert response.status_code == 200
    assert "<html" in response.text


def test_without_a_broker_the_list_shows_an_error_within_its_limit(client, no_broker):
    began = time.monotonic()
    assert "does not answer" in client.get("/jobs/active/").text
    assert time.monotonic() - began < 30
    with pytest.raises(OperationalError):
        active_jobs()


@pytest.mark.stack
def test_sample_task_responds_immediately_and_runs_in_the_worker(client, quick):
    response = client.post("/jobs/sample/")
    assert response.status_code == 202
    line = f"Task sprout.sample_task[{response.json()['task_id']}] received"
    until(lambda: line in quick.log())
    until(lambda: "This is printed by the worker" in quick.log())


def test_a_get_does_not_send_sample_task(client, no_broker):
    response = client.get("/jobs/sample/")
    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"


def test_without_a_broker_sample_task_is_503(client, no_broker):
    response = client.post("/jobs/sample/")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["detail"] == "The broker is unreachable. Try again later."
