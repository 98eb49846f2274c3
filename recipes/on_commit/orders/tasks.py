from celery import current_app, shared_task
from django.db import transaction

from orders.models import Order, Outbox


@shared_task
def mail_receipt(order_id):
    order = Order.objects.get(pk=order_id)
    return f"mailed order {order.pk} to {order.email}"


@shared_task
@transaction.atomic
def publish_outbox():
    messages = Outbox.objects.select_for_update()
    for message in messages:
        current_app.send_task(message.task, message.args)
        message.delete()
    return f"published {len(messages)}"
