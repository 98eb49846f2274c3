"""The bakery's stock."""

from celery import shared_task


@shared_task
def refill(sack: str) -> str:
    return f"refilled {sack}"
