from celery import shared_task

from orders.models import Order


@shared_task
def ship_object(fields):
    order = Order(**fields)
    order.shipped = True
    order.save()  # overwrites all fields with the values of the message


@shared_task
def ship_by_key(order_id):
    order = Order.objects.get(pk=order_id)
    order.shipped = True
    order.save(update_fields=["shipped"])
