"""The four tasks of every day. Work is played by a sleep."""

import time

from celery import shared_task
from django.conf import settings


@shared_task
def add(x, y):
    time.sleep(settings.STEP_SECONDS)
    return x + y


@shared_task
def sub(x, y):
    time.sleep(settings.STEP_SECONDS)
    return x - y


@shared_task
def mul(x, y):
    time.sleep(settings.STEP_SECONDS)
    return x * y


@shared_task
def div(x, y):
    time.sleep(settings.STEP_SECONDS)
    return x / y
