import os
import signal

from celery import shared_task
from django_tasks import task  # on Django 6: from django.tasks


def print_invoice(order: int, attempt: int) -> str:
    if order == 13 and attempt == 1:
        raise ConnectionError("the printer is off")
    if order == 14 and attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)  # as Linux does when memory runs out
    return f"invoice {order}"


@task
def with_django(order: int) -> str:
    return print_invoice(order, attempt=1)  # always the first attempt


@shared_task(bind=True, autoretry_for=(OSError,), default_retry_delay=1)
def with_celery(self, order: int) -> str:
    return print_invoice(order, attempt=self.request.retries + 1)
