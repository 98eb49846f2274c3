import os

from celery import shared_task
from django.core.mail import send_mail

from orders.models import Order

PRICES = {7: 30, 8: 12}  # euros, by product


@shared_task
def total(quantities):
    return sum(PRICES[product] * count for product, count in quantities.items())


@shared_task(autoretry_for=(OSError,), max_retries=2)
def mail_receipt(order_id):
    order = Order.objects.get(pk=order_id)
    send_mail("Your order", f"Order {order.pk} is on its way.", None, [order.email])


@shared_task
def process_id():
    return os.getpid()
