from django.core import mail
from django.test import TestCase

from orders.models import Order
from orders.tasks import mail_receipt


class OrderTests(TestCase):
    def test_the_task_mails_a_receipt(self):
        order = Order.objects.create(email="ada@example.com")
        mail_receipt.apply((order.pk,), throw=True)
        self.assertEqual(mail.outbox[0].to, ["ada@example.com"])

    def test_an_order_publishes_the_task_on_commit(self):
        with self.captureOnCommitCallbacks() as callbacks:
            answer = self.client.post("/orders/", {"email": "ada@example.com"})
        self.assertEqual((answer.status_code, len(callbacks)), (202, 1))
