from django.db import transaction

from orders.models import Order
from orders.tasks import mail_receipt


@transaction.atomic
def place_order(email):
    order = Order.objects.create(email=email)
    mail_receipt.delay_on_commit(order.pk)
    return order
