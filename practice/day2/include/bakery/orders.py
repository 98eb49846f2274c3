"""Orders to the bakery."""

from celery import shared_task


@shared_task
def bake(kind: str) -> str:
    return f"baked {kind}"
