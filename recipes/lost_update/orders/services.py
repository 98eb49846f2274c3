from django.forms import model_to_dict

from orders.models import Order
from orders.tasks import ship_by_key, ship_object


def ship(task):
    order = Order.objects.create(email="old@example.com")
    argument = model_to_dict(order) if task is ship_object else order.pk
    result = task.apply_async((argument,), countdown=1)
    Order.objects.filter(pk=order.pk).update(email="new@example.com")
    result.get(timeout=10)
    order.refresh_from_db()
    print(f"{task.__name__}: shipped={order.shipped}, {order.email}")


def ship_both():
    ship(ship_object)
    ship(ship_by_key)
