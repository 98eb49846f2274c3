"""Jobs and batches: written down, sent, sent again, given up."""

import json
from datetime import timedelta

import pytest
from celery.app.task import Context, Task
from celery.app.trace import build_tracer
from celery.exceptions import Ignore
from django.db import OperationalError as DatabaseAway
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from django_celery_results.models import TaskResult
from kombu.exceptions import OperationalError

from delivery import rescue
from delivery.base import GivenUp
from delivery.models import Message
from delivery.queues import QUEUES, queue_for
from delivery.rescue import resend
from jobs.tasks import lazy_job, sample_task
from taskrunner.celery import app
from tests.support.drf_api import redis_client
from tools.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = {"sent": 0, "given up": 0}
SENT = {"sent": 1, "given up": 0}
GIVEN_UP = {"sent": 0, "given up": 1}


def age(seconds):
    """Have all that was written of messages happen that much earlier."""
    for message in Message.objects.all():
        message.sent_at -= timedelta(seconds=seconds)
        if message.begun_at:
            message.begun_at -= timedelta(seconds=seconds)
        message.save()


@pytest.fixture
def limits(settings):
    settings.STUCK_AFTER, settings.VISIBILITY_TIMEOUT = 30, 60
    return settings


@pytest.fixture
def crashed(monkeypatch):
    """A message whose process died after the commit, before it was sent."""

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Task, "apply_async", die)
        with pytest.raises(KeyboardInterrupt):
            lazy_job.apply_async(args=["letters"], routing_key="tasks.mail")
    return Message.objects.get()


def test_a_message_is_written_down_as_it_is_sent(published):
    sent = lazy_job.apply_async(args=["letters"], routing_key="tasks.slow.mail")
    message = Message.objects.get()
    assert message.task_id == sent.id
    assert message.task == "jobs.tasks.lazy_job"
    assert (message.args, message.kwargs) == (["letters"], {})
    assert (message.routing_key, message.queue) == ("tasks.slow.mail", "slow")
    assert (message.sent, message.tries, message.ended_at) == (1, 0, None)
    assert sample_task.delay().id == Message.objects.get(queue="celery").task_id
    assert published() == 1


def test_what_could_not_be_sent_is_never_begun(client, no_broker):
    assert client.post("/jobs/sample/").status_code == 503
    message = Message.objects.get()
    assert message.ended_at
    with pytest.raises(Ignore):
        sample_task.before_start(message.task_id, (), {})


def test_none_is_sent_before_its_row_can_be_seen(published):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sample_task.delay()
    assert published() == 0


@pytest.mark.stack
def test_what_was_never_sent_is_sent_once(crashed, limits, published, broker):
    assert resend("celery") == NOTHING  # its process may be at it
    age(31)
    assert resend("slow") == NOTHING
    assert resend("celery") == SENT
    assert resend("celery") == NOTHING
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
        (True, 60, NOTHING),  # it may run, or the broker may still hand it out again
        (True, 66, SENT),
    ],
)
def test_a_silent_one_is_sent_again(limits, begun, seconds, outcome):
    sent = sample_task.delay()
    if begun:
        sample_task.before_start(sent.id, (), {})
    age(seconds)
    assert resend("celery") == outcome
    assert resend("celery") == NOTHING


@pytest.mark.parametrize("end", ["done", "failure", "revoked"])
@pytest.mark.parametrize(("task", "args"), [(lazy_job, ["x"]), (sample_task, [])])
def test_one_that_has_ended_is_not_sent_again_and_does_nothing(limits, task, args, end):
    sent = task.apply_async(args)
    request = Context(id=sent.id, task=task.name, ignore_result=task.ignore_result)
    what = {"done": None, "failure": ValueError("no"), "revoked": "by hand"}[end]
    mark = getattr(app.backend, f"mark_as_{end}")
    mark(sent.id, what, request=request, store_result=not task.ignore_result)
    assert Message.objects.get().ended_at
    age(1000)
    assert resend("celery") == NOTHING
    with pytest.raises(Ignore):
        task.before_start(sent.id, args, {})


def test_one_that_could_not_go_on_is_sent_again(limits):
    sent = sample_task.delay()
    request = Context(id=sent.id, task=sample_task.name)
    app.backend.mark_as_failure(sent.id, OperationalError("away"), request=request)
    assert not TaskResult.objects.exists()
    age(31)
    assert resend("celery") == SENT


def test_one_whose_end_was_not_written_does_nothing_again(limits, capsys):
    """Its worker was killed after its result, and what it held is handed out again."""
    sent = sample_task.delay()
    sample_task.before_start(sent.id, (), {})
    app.backend.store_result(sent.id, None, "SUCCESS")

    def receive(redelivered):
        trace = build_tracer(sample_task.name, sample_task, app=app)
        request = {"id": sent.id, "delivery_info": {"redelivered": redelivered}}
        trace(sent.id, (), {}, request | {"task": sample_task.name})

    receive(redelivered=True)  # Celery sees the result, and calls nothing of ours
    age(66)
    assert resend("celery") == SENT
    receive(redelivered=False)
    message = Message.objects.get()
    assert (message.tries, bool(message.ended_at)) == (1, True)
    assert "printed" not in capsys.readouterr().out


def test_an_end_waits_for_its_database(settings, monkeypatch):
    sent = sample_task.delay()
    ended, errors = sample_task.ended, [DatabaseAway("locked"), DatabaseAway("locked")]

    def locked(task_id):
        if errors:
            raise errors.pop()
        ended(task_id)

    monkeypatch.setattr(sample_task, "ended", locked)
    request = Context(id=sent.id, task=sample_task.name)
    app.backend.mark_as_revoked(sent.id, "by hand", request=request)
    assert Message.objects.get().ended_at


def test_two_that_look_at_the_same_time_send_it_once(crashed, limits, published):
    age(31)
    first, second = rescue.lost("celery").get(), rescue.lost("celery").get()
    assert rescue.send_again(first, lazy_job)
    assert not rescue.send_again(second, lazy_job)
    assert published() == 1


@pytest.mark.parametrize("ends", [False, True])
def test_one_that_went_on_since_it_was_looked_at_is_left_alone(limits, ends):
    sent = sample_task.delay()
    age(31)
    (message,) = rescue.lost("celery")
    sample_task.before_start(sent.id, (), {})
    if ends:
        sample_task.ended(sent.id)
    assert not rescue.send_again(message, sample_task)
    assert not rescue.give_up(message)
    assert Message.objects.get().begun_at
    assert sent.state == "PENDING"


def test_a_broker_that_is_away_changes_nothing(crashed, limits, break_broker):
    age(31)
    before = Message.objects.values().get()
    break_broker()
    with pytest.raises(OperationalError):
        resend("celery")
    assert Message.objects.values().get() == before


def test_at_last_it_is_given_up_and_says_why(limits):
    sent = lazy_job.delay("letters")
    for _ in range(limits.TASK_SENDS - 1):
        age(31)
        assert resend("celery") == SENT
    age(31)
    assert resend("celery") == GIVEN_UP
    assert resend("celery") == NOTHING
    assert sent.state == "FAILURE"
    assert str(sent.result) == "sent 4 times, and no worker finished it"
    assert TaskResult.objects.get().task_name == "jobs.tasks.lazy_job"


@pytest.mark.parametrize("task", ["gone", "workflows.tasks.add"])
def test_a_task_that_is_none_of_ours_any_more_is_given_up(crashed, limits, task):
    old = {"task_id": "old", "queue": "celery", "sent_at": timezone.now()}
    Message.objects.create(task=task, **old)
    age(31)
    assert resend("celery") == {"sent": 1, "given up": 1}
    assert resend("celery") == NOTHING


def test_one_that_cannot_be_sent_any_more_holds_up_no_other(crashed, limits):
    old = {"task_id": "old", "queue": "celery", "sent_at": timezone.now()}
    Message.objects.create(task=lazy_job.name, args=["one", "too many"], **old)
    for _ in range(limits.TASK_SENDS - 1):
        age(31)
        assert resend("celery") == SENT
    age(31)
    assert resend("celery") == {"sent": 0, "given up": 2}


@pytest.mark.parametrize("option", ["countdown", "eta", "queue", "exchange"])
def test_what_it_could_not_do_a_second_time_it_does_not_do_once(option, published):
    with pytest.raises(ValueError, match=f"does not keep {option}"):
        sample_task.apply_async(**{option: "slow"})
    assert not Message.objects.exists()
    assert published() == 0


def test_one_that_kills_its_worker_each_time_is_not_begun_for_ever(settings):
    sent = sample_task.delay()
    for _ in range(settings.TASK_TRIES):
        sample_task.before_start(sent.id, (), {})
    with pytest.raises(GivenUp, match="begun 5 times"):
        sample_task.before_start(sent.id, (), {})


def test_one_that_another_program_sent_is_done():
    assert sample_task.before_start("unheard of", (), {}) is None


def test_each_queue_is_asked_about_itself():
    """Whoever waited in a queue knows what was handed out of it: of that one alone."""
    asked = PeriodicTask.objects.filter(task="delivery.tasks.resend")
    about = {json.loads(entry.args)[0]: entry for entry in asked}
    assert about.keys() == {queue.name for queue in QUEUES}
    for queue, entry in about.items():
        assert queue_for(entry.routing_key) == queue
        assert entry.expire_seconds == entry.interval.every


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own words")
def test_it_is_found_by_an_index():
    with CaptureQueriesContext(connection) as captured:
        resend("celery")
    (query,) = captured
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
        plan = "\n".join(row[-1] for row in cursor.fetchall())
    assert "USING INDEX open_messages" in plan
    assert "SCAN" not in plan


@pytest.mark.stack
def test_a_worker_does_what_was_lost_and_writes_its_end(stack):
    with stack.worker("-n", "celery@all") as worker:
        stack.python(
            "from datetime import timedelta; from django.utils import timezone",
            "from delivery.models import Message",
            "past = timezone.now() - timedelta(minutes=5)",
            "Message.objects.create(task_id='lost', task='jobs.tasks.lazy_job',"
            " args=['letters'], queue='celery', sent_at=past)",
            "from delivery.tasks import resend; resend.delay('celery')",
        )
        until(lambda: "end: letters" in worker.log())
    # It has ended in order, and so with all that it had in hand.
    row = stack.python(
        "from delivery.models import Message; m = Message.objects.get()",
        "print(m.sent, m.tries, m.ended_at > m.begun_at)",
    )
    assert row == "2 1 True\n"
