"""The store's tasks."""

from celery import shared_task


@shared_task
def count_stock(shelf: str) -> str:
    return f"counted {shelf}"
