"""Bills."""

from celery import shared_task


@shared_task
def print_bill(order: int) -> str:
    return f"bill {order}"
