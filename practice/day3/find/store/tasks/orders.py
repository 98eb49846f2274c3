"""Orders."""

from celery import shared_task


@shared_task
def pack(order: int) -> str:
    return f"packed {order}"
