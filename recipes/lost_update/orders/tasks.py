from celery import shared_task

from orders.models import Order


@shared_task
def ship_object(fields):
    order = Order(**fields)
    order.shipped = True
    order.save()  # writes every field, as it was when the message was published


@shared_task
def ship_by_key(order_id):
    order = Order.objects.get(pk=order_id)
    order.shipped = True
    order.save(update_fields=["shipped"])
