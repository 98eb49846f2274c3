"""The page's broker: queues, unacknowledged messages, bindings and values."""

import pytest

from sprout.browser.broker import Broker


def message(tag):
    return {"properties": {"delivery_tag": tag, "delivery_info": {}}}


def tags(messages):
    return [each["properties"]["delivery_tag"] for each in messages]


@pytest.fixture
def broker():
    broker = Broker()
    for tag in "abc":
        broker.put("celery", message(tag))
    return broker


def test_messages_are_taken_in_order(broker):
    taken = [broker.take("one", ["celery"]) for _ in range(4)]
    assert taken[3] is None
    assert tags(found for _, found in taken[:3]) == ["a", "b", "c"]


def test_the_first_queue_with_a_message_is_used(broker):
    broker.declare("urgent")
    assert broker.take("one", ["urgent", "celery"])[0] == "celery"
    broker.put("urgent", message("d"))
    assert broker.take("one", ["urgent", "celery"])[0] == "urgent"


def test_a_message_is_held_until_acknowledged(broker):
    broker.take("one", ["celery"])
    assert [(name, queue) for name, queue, _ in broker.held()] == [("one", "celery")]
    broker.ack("other", "a")
    assert len(broker.held()) == 1
    broker.ack("one", "a")
    assert broker.held() == []


def test_no_ack_messages_are_not_held(broker):
    broker.take("one", ["celery"], ["celery"])
    assert broker.held() == []


def test_a_requeued_message_is_first_and_marked_redelivered(broker):
    broker.take("one", ["celery"])
    broker.requeue("one", "a")
    first = broker.waiting()["celery"][0]
    assert tags(broker.waiting()["celery"]) == ["a", "b", "c"]
    assert first["headers"]["redelivered"]
    assert first["properties"]["delivery_info"]["redelivered"]
    broker.requeue("one", "a")  # The client no longer holds this message.
    assert broker.size("celery") == 3


def test_messages_of_a_dead_process_are_requeued_in_order(broker):
    for _ in range(2):
        broker.take("one", ["celery"])
    broker.take("two", ["celery"])
    assert broker.release("one") == 2
    assert tags(broker.waiting()["celery"]) == ["a", "b"]
    assert tags(found for _, _, found in broker.held()) == ["c"]


def test_temporary_queues_are_deleted_with_their_process(broker):
    broker.declare("replies", "one")
    broker.declare("celery", "one")  # The queue already exists without an owner.
    broker.bind("reply", "key", None, "replies")
    broker.release("one")
    assert not broker.exists("replies")
    assert broker.exists("celery")
    assert broker.bindings("reply") == []


def test_an_exchange_keeps_its_type_and_its_bindings(broker):
    assert broker.exchange("events") is None
    assert broker.exchange("events", "topic") == "topic"
    assert broker.exchange("events") == "topic"
    for _ in range(2):
        broker.bind("events", "task.#", "^task.*$", "monitor")
    assert broker.bindings("events") == [("task.#", "^task.*$", "monitor")]
    broker.unbind("events", "task.#", "^task.*$", "monitor")
    assert broker.bindings("events") == []


def test_a_purge_returns_the_number_of_messages(broker):
    assert broker.purge("celery") == 3
    assert (broker.size("celery"), broker.purge("no such queue")) == (0, 0)


def test_a_value_expires():
    now = [0.0]
    broker = Broker(clock=lambda: now[0])
    broker.set("kept", "1")
    broker.set("key", "2", 10)
    now[0] = 9.9
    assert broker.mget(["kept", "key", "none"]) == ["1", "2", None]
    now[0] = 10.1
    assert broker.mget(["kept", "key"]) == ["1", None]
    broker.set("key", "3", 1)
    broker.expire("key", None)
    now[0] = 99
    assert broker.get("key") == "3"


def test_a_deleted_counter_begins_again_at_one(broker):
    assert [broker.increment("chord") for _ in range(3)] == [1, 2, 3]
    broker.forget("chord")
    assert broker.increment("chord") == 1
