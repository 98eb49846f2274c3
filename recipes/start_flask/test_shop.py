from unittest import mock

import pytest

from shop import create_app
from shop.tasks import mail_receipt


@pytest.fixture
def app():
    return create_app()


def test_the_task_mails_a_receipt(app):
    with mock.patch("shop.tasks.smtplib.SMTP") as smtp:
        mail_receipt.apply(("ada@example.com",), throw=True)
    (message,) = smtp.return_value.__enter__.return_value.send_message.call_args.args
    assert message["To"] == "ada@example.com"


def test_an_order_publishes_the_task(app):
    with mock.patch.object(mail_receipt, "delay") as delay:
        delay.return_value.id = "6b7c6a0e-3a8f-4c43-9f38-4b2f3c1f7f6e"
        answer = app.test_client().post("/orders/", data={"email": "ada@example.com"})
    assert answer.status_code == 202
    delay.assert_called_once_with("ada@example.com")
