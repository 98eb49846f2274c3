from celery import shared_task
from django.core.mail import send_mail

from orders.models import Order


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def mail_receipt(order_id):
    order = Order.objects.get(pk=order_id)
    send_mail("Your order", f"Order {order.pk} is on its way.", None, [order.email])


@shared_task(ignore_result=True)
def mail_report():
    send_mail("Report", f"Orders: {Order.objects.count()}", None, ["shop@example.com"])
