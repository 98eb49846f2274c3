import os
from unittest import mock

import pytest
from django.core import mail

from orders.models import Order
from orders.services import place_order
from orders.tasks import mail_receipt, process_id, total


@pytest.fixture
def order(db):
    return Order.objects.create(email="ada@example.com")


@pytest.fixture
def broken_mail():
    with mock.patch("orders.tasks.send_mail", side_effect=ConnectionError) as send_mail:
        yield send_mail


def test_the_function():
    assert total({7: 2, 8: 1}) == 72


def test_a_plain_call_does_not_retry(order, broken_mail):
    with pytest.raises(ConnectionError):
        mail_receipt(order.pk)
    assert broken_mail.call_count == 1


def test_apply_retries_at_once(order, broken_mail):
    result = mail_receipt.apply((order.pk,))
    assert result.state == "FAILURE"
    assert broken_mail.call_count == 3


def test_apply_mails_a_receipt(order):
    mail_receipt.apply((order.pk,), throw=True)
    assert mail.outbox[0].to == ["ada@example.com"]


def test_the_receipt_waits_for_the_commit(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        place_order("ada@example.com")
    assert len(callbacks) == 1


def test_apply_does_not_make_a_message():
    assert total.apply(({7: 2},)).get() == 60


def test_a_message_is_json(worker):
    with pytest.raises(KeyError, match="7"):
        total.delay({7: 2}).get(timeout=10)


def test_a_worker_is_another_process(worker):
    assert process_id.delay().get(timeout=10) != os.getpid()
