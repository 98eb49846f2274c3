"""A Django project in one file that sends a task before the order is committed."""

import time
from pathlib import Path

import django
from celery import Celery
from django.conf import settings
from django.db import connection, models, transaction

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(__file__).with_name("orders.sqlite3"),
        }
    },
    USE_TZ=True,
)
django.setup()

app = Celery(
    "orders",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/0",
)


class Order(models.Model):
    class Meta:
        app_label = "orders"


@app.task
def charge(order_id):
    return f"charged order {Order.objects.get(id=order_id).id}"


@app.task
def pack(seconds):
    time.sleep(seconds)


def create_table():
    with connection.schema_editor() as editor:
        editor.create_model(Order)


def too_early():
    with transaction.atomic():
        order = Order.objects.create()
        return charge.delay(order.id).get(timeout=10)  # the row is not committed


def after_commit():
    with transaction.atomic():
        order = Order.objects.create()
        results = []
        transaction.on_commit(lambda: results.append(charge.delay(order.id)))
    return results[0].get(timeout=10)
