import time

from celery import shared_task


@shared_task
def send_letter(name, text):
    time.sleep(3)  # a mail server that takes its time
    return f"Dear {name}: {text}"
