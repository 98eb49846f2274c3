import time

from django.db import transaction

from orders.models import Order, Outbox
from orders.tasks import mail_receipt, publish_outbox


@transaction.atomic
def order_early(email):
    order = Order.objects.create(email=email)
    mail_receipt.delay(order.pk)
    time.sleep(1)  # the rest of the request


@transaction.atomic
def order_on_commit(email):
    order = Order.objects.create(email=email)
    mail_receipt.delay_on_commit(order.pk)
    time.sleep(1)


@transaction.atomic
def order_with_outbox(email):
    order = Order.objects.create(email=email)
    Outbox.objects.create(task=mail_receipt.name, args=[order.pk])
    transaction.on_commit(publish_outbox, robust=True)
