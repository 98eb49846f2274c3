"""The four tasks of every day. Work is played by a sleep."""

import math
import time

from celery import shared_task
from django.conf import settings

from workflows.base import StepTask


def finite(number):
    """Return the number, or raise OverflowError: JSON has no word for infinity."""
    if not math.isfinite(number):
        raise OverflowError("the result is too large")
    return number


@shared_task(base=StepTask)
def add(x, y):
    """Return x + y."""
    time.sleep(settings.STEP_SECONDS)
    return finite(x + y)


@shared_task(base=StepTask)
def sub(x, y):
    """Return x - y."""
    time.sleep(settings.STEP_SECONDS)
    return finite(x - y)


@shared_task(base=StepTask)
def mul(x, y):
    """Return x * y."""
    time.sleep(settings.STEP_SECONDS)
    return finite(x * y)


@shared_task(base=StepTask)
def div(x, y):
    """Return x / y."""
    time.sleep(settings.STEP_SECONDS)
    return finite(x / y)


@shared_task
def rescue():
    """Send again, or give up, the runs that nothing else will move."""
    from workflows.rescue import rescue  # which imports what imports this module

    return rescue()
