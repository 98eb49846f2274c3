import time

from celery import shared_task


@shared_task
def send_letter(name, text):
    time.sleep(3)  # a slow mail server
    return f"Dear {name}: {text}"
