"""The outbox of jobs and batches: publication, redelivery and final failure."""

import json
from datetime import timedelta

import pytest
from celery.app.task import Context, Task
from celery.app.trace import build_tracer
from celery.exceptions import Ignore
from django.db import OperationalError as DatabaseDown
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from delivery.errors import GivenUp, KeyReused, NotPublished
from delivery.models import Message
from delivery.queues import QUEUES, queue_for
from delivery.redeliver import give_up, redeliver, send_again
from jobs.tasks import lazy_job, sample_task
from people.models import Batch
from taskrunner.celery import app
from tests.support.drf_api import redis_client
from tools.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"sent": 0, "given up": 0}
SENT = {"sent": 1, "given up": 0}
GIVEN_UP = {"sent": 0, "given up": 1}


def age(seconds):
    """Move the times of all messages `seconds` into the past."""
    earlier = timedelta(seconds=seconds)
    for message in Message.objects.all():
        for name in ("created_at", "published_at", "begun_at"):
            if moment := getattr(message, name):
                setattr(message, name, moment - earlier)
        message.save()


@pytest.fixture
def limits(settings):
    settings.STUCK_AFTER, settings.VISIBILITY_TIMEOUT = 30, 60
    return settings


@pytest.fixture
def crashed(monkeypatch):
    """Return a message whose process died between commit and publication."""

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Task, "apply_async", die)
        with pytest.raises(KeyboardInterrupt):
            lazy_job.apply_async(args=["letters"], routing_key="tasks.mail")
    return Message.objects.get()


def test_the_row_of_a_message_has_its_routing(published):
    sent = lazy_job.apply_async(args=["letters"], routing_key="tasks.slow.mail")
    message = Message.objects.get()
    assert message.task_id == sent.id
    assert message.task == "jobs.tasks.lazy_job"
    assert (message.args, message.kwargs) == (["letters"], {})
    assert (message.routing_key, message.queue) == ("tasks.slow.mail", "slow")
    assert (message.sent, message.tries, message.ended_at) == (1, 0, None)
    assert sample_task.delay().id == Message.objects.get(queue="celery").task_id
    assert published() == 1


def test_an_unpublished_task_never_starts(client, no_broker):
    assert client.post("/jobs/sample/").status_code == 503
    message = Message.objects.get()
    assert message.publish_error
    with pytest.raises(Ignore):
        sample_task.before_start(message.task_id, (), {})


def test_a_repeated_request_runs_although_the_broker_kept_the_first_message(
    monkeypatch,
):
    def lose_the_confirmation(*_, **__):
        raise OperationalError("no confirmation, although the broker has the message")

    with monkeypatch.context() as patch:
        patch.setattr(Task, "apply_async", lose_the_confirmation)
        with pytest.raises(NotPublished):
            sample_task.apply_async(idempotency_key="x")
    refused = Message.objects.get()
    with pytest.raises(Ignore):  # the broker delivers the first request's message
        sample_task.before_start(refused.task_id, (), {})

    accepted = sample_task.apply_async(idempotency_key="x")

    assert accepted.id == refused.task_id
    sample_task.before_start(accepted.id, (), {})  # the message of the second request
    assert Message.objects.get(ended_at=None).tries == 1


def test_a_message_is_published_after_the_commit(published):
    with transaction.atomic():
        sent = sample_task.delay()
        assert published() == 0
    assert published() == 1
    assert Message.objects.get().task_id == sent.id


def test_a_rollback_discards_row_and_message(published):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        sample_task.delay()
        raise ZeroDivisionError
    assert published() == 0
    assert not Message.objects.exists()


@pytest.mark.stack
def test_an_unpublished_message_is_published_once(crashed, limits, published, broker):
    assert redeliver("celery") == NOTHING  # the process may still be publishing
    age(31)
    assert redeliver("slow") == NOTHING
    assert redeliver("celery") == SENT
    assert redeliver("celery") == NOTHING
    assert published() == 1
    with redis_client(broker) as client:
        (raw,) = client.lrange("celery", 0, -1)
    assert crashed.task_id.encode() in raw
    assert b'"routing_key": "tasks.mail"' in raw


@pytest.mark.parametrize(
    ("begun", "seconds", "outcome"),
    [
        (False, 25, NOTHING),
        (False, 31, SENT),
        # The task may be running, or Redis may redeliver the message.
        (True, 60, NOTHING),
        (True, 66, SENT),
    ],
)
def test_a_lost_message_is_published_again(limits, begun, seconds, outcome):
    sent = sample_task.delay()
    if begun:
        sample_task.before_start(sent.id, (), {})
    age(seconds)
    assert redeliver("celery") == outcome
    assert redeliver("celery") == NOTHING


@pytest.mark.parametrize("end", ["done", "failure", "revoked"])
@pytest.mark.parametrize(("task", "args"), [(lazy_job, ["x"]), (sample_task, [])])
def test_a_finished_task_is_not_redelivered(limits, task, args, end):
    sent = task.apply_async(args)
    request = Context(id=sent.id, task=task.name, ignore_result=task.ignore_result)
    what = {"done": None, "failure": ValueError("no"), "revoked": "by hand"}[end]
    mark = getattr(app.backend, f"mark_as_{end}")
    mark(sent.id, what, request=request, store_result=not task.ignore_result)
    assert Message.objects.get().ended_at
    age(1000)
    assert redeliver("celery") == NOTHING
    with pytest.raises(Ignore):
        task.before_start(sent.id, args, {})


def test_an_interrupted_task_is_redelivered(limits):
    sent = sample_task.delay()
    request = Context(id=sent.id, task=sample_task.name)
    app.backend.mark_as_failure(
        sent.id, OperationalError("unreachable"), request=request
    )
    assert not TaskResult.objects.exists()
    age(31)
    assert redeliver("celery") == SENT


def test_a_task_with_a_result_does_not_run_again(limits, capsys):
    """A message redelivered after its result was stored does not run the task."""
    sent = sample_task.delay()
    sample_task.before_start(sent.id, (), {})
    app.backend.store_result(sent.id, None, "SUCCESS")

    def receive(redelivered):
        trace = build_tracer(sample_task.name, sample_task, app=app)
        request = {"id": sent.id, "delivery_info": {"redelivered": redelivered}}
        trace(sent.id, (), {}, request | {"task": sample_task.name})

    receive(redelivered=True)  # Celery finds the result and does not call our code
    age(66)
    assert redeliver("celery") == SENT
    receive(redelivered=False)
    message = Message.objects.get()
    assert (message.tries, bool(message.ended_at)) == (1, True)
    assert "printed" not in capsys.readouterr().out


def test_storing_the_end_waits_for_the_database(settings, monkeypatch):
    sent = sample_task.delay()
    ended, errors = sample_task.ended, [DatabaseDown("locked"), DatabaseDown("locked")]

    def locked(task_id):
        if errors:
            raise errors.pop()
        ended(task_id)

    monkeypatch.setattr(sample_task, "ended", locked)
    request = Context(id=sent.id, task=sample_task.name)
    app.backend.mark_as_revoked(sent.id, "by hand", request=request)
    assert Message.objects.get().ended_at


def test_two_searches_publish_a_message_once(crashed, limits, published):
    age(31)
    first, second = Message.lost("celery").get(), Message.lost("celery").get()
    assert send_again(first)
    assert not send_again(second)
    assert published() == 1


@pytest.mark.parametrize("ends", [False, True])
def test_a_message_changed_by_another_process_is_not_published(limits, ends):
    sent = sample_task.delay()
    age(31)
    (message,) = Message.lost("celery")
    sample_task.before_start(sent.id, (), {})
    if ends:
        sample_task.ended(sent.id)
    assert not send_again(message)
    assert not give_up(message)
    assert Message.objects.get().begun_at
    assert sent.state == "STARTED"


def test_an_unreachable_broker_changes_nothing(crashed, limits, break_broker):
    age(31)
    before = Message.objects.values().get()
    break_broker()
    with pytest.raises(OperationalError):
        redeliver("celery")
    assert Message.objects.values().get() == before


def test_a_message_is_given_up_with_a_reason(limits):
    sent = lazy_job.delay("letters")
    for _ in range(limits.TASK_SENDS - 1):
        age(31)
        assert redeliver("celery") == SENT
    age(31)
    assert redeliver("celery") == GIVEN_UP
    assert redeliver("celery") == NOTHING
    assert sent.state == "FAILURE"
    assert str(sent.result) == "sent 4 times, and no worker finished it"
    assert TaskResult.objects.get().task_name == "jobs.tasks.lazy_job"


@pytest.mark.parametrize("task", ["gone", "workflows.tasks.add"])
def test_a_message_of_a_removed_task_is_given_up(crashed, limits, task):
    old = {"task_id": "old", "queue": "celery", "published_at": timezone.now()}
    Message.objects.create(task=task, **old)
    age(31)
    assert redeliver("celery") == {"sent": 1, "given up": 1}
    assert redeliver("celery") == NOTHING


def test_an_unpublishable_message_does_not_block_other_messages(crashed, limits):
    old = {"task_id": "old", "queue": "celery", "published_at": timezone.now()}
    Message.objects.create(task=lazy_job.name, args=["one", "too many"], **old)
    for _ in range(limits.TASK_SENDS):
        age(31)
        assert redeliver("celery") == SENT
    age(31)
    assert redeliver("celery") == {"sent": 0, "given up": 2}


@pytest.mark.parametrize("option", ["countdown", "eta", "queue", "exchange"])
def test_options_that_the_row_cannot_store_are_rejected(option, published):
    with pytest.raises(ValueError, match=f"does not store {option}"):
        sample_task.apply_async(**{option: "slow"})
    assert not Message.objects.exists()
    assert published() == 0


def test_a_poison_message_has_limited_tries(settings):
    sent = sample_task.delay()
    for _ in range(settings.TASK_TRIES):
        sample_task.before_start(sent.id, (), {})
    with pytest.raises(GivenUp, match="begun 5 times"):
        sample_task.before_start(sent.id, (), {})


def test_a_message_without_a_row_runs():
    assert sample_task.before_start("unknown", (), {}) is None


def test_each_queue_is_searched_by_its_own_task():
    """A search task can detect lost messages only in its own queue."""
    asked = PeriodicTask.objects.filter(task="delivery.tasks.redeliver")
    about = {json.loads(entry.args)[0]: entry for entry in asked}
    assert about.keys() == {queue.name for queue in QUEUES}
    for queue, entry in about.items():
        assert queue_for(entry.routing_key) == queue
        assert entry.expire_seconds == entry.interval.every


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's query plan")
def test_the_search_uses_an_index():
    with CaptureQueriesContext(connection) as captured:
        redeliver("celery")
    query, *_runs = captured
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
        plan = "\n".join(row[-1] for row in cursor.fetchall())
    assert "USING INDEX open_messages" in plan
    assert "SCAN" not in plan


@pytest.mark.stack
def test_a_worker_runs_a_lost_task_and_stores_its_end(stack):
    with stack.worker("-n", "celery@all") as worker:
        stack.python(
            "from datetime import timedelta; from django.utils import timezone",
            "from delivery.models import Message",
            "past = timezone.now() - timedelta(minutes=5)",
            "Message.objects.create(task_id='lost', task='jobs.tasks.lazy_job',"
            " args=['letters'], queue='celery', sent=1, published_at=past)",
            "from delivery.tasks import redeliver; redeliver.delay('celery')",
        )
        until(lambda: "end: letters" in worker.log())
    # The worker has shut down gracefully, so its tasks have ended.
    row = stack.python(
        "from delivery.models import Message; m = Message.objects.get()",
        "print(m.sent, m.tries, m.ended_at > m.begun_at)",
    )
    assert row == "2 1 True\n"


class TestIdempotencyKey:
    """POST /jobs/sample/ is idempotent for requests with the same key."""

    def post(self, client, key="one"):
        return client.post("/jobs/sample/", headers={"Idempotency-Key": key})

    def test_the_same_key_gives_the_same_task(self, client, published):
        first, second = self.post(client), self.post(client)
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json() == second.json()
        assert published() == 1
        assert self.post(client, "two").json() != first.json()

    def test_keys_belong_to_a_user(self, client, api, owner):
        api.force_authenticate(owner)
        assert self.post(client).json() != self.post(api).json()

    def test_a_repeat_publishes_after_the_broker_recovers(
        self, client, no_broker, published
    ):
        assert self.post(client).status_code == 503
        no_broker()
        assert self.post(client).status_code == 202
        assert published() == 1
        assert Message.objects.count() == 1

    def test_a_repeat_during_publishing_is_503(self, client):
        self.post(client)
        Message.objects.update(published_at=None)
        assert self.post(client).status_code == 503

    def test_the_same_key_for_another_task_is_rejected(self):
        sample_task.apply_async(idempotency_key="x")
        with pytest.raises(KeyReused):
            lazy_job.apply_async(["letters"], idempotency_key="x")

    def test_the_key_must_be_printable(self, client):
        assert self.post(client, "a b").status_code == 400


def test_a_batch_and_its_message_are_one_transaction(client, monkeypatch):
    """A crash leaves neither row, so no batch stays queued forever."""

    def die(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Message, "publish_on_commit", die)
    with pytest.raises(KeyboardInterrupt):
        client.post("/people/new/", {"count": 50})
    assert not Batch.objects.exists()
    assert not Message.objects.exists()


def test_a_batch_whose_process_dies_after_the_commit_is_found(
    client, monkeypatch, limits, published
):
    def die(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Message, "publish", die)
        with pytest.raises(KeyboardInterrupt):
            client.post("/people/new/", {"count": 50})
    assert Batch.objects.exists()
    assert published() == 0
    age(31)
    assert redeliver("celery") == SENT
    assert published() == 1
