"""Emails to customers."""

from celery import shared_task


@shared_task
def send_mail(address: str, text: str = "ready") -> str:
    return f"{address}: {text}"
