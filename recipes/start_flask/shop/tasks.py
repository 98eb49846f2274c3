import smtplib
from email.message import EmailMessage

from celery import shared_task
from flask import current_app


def send_mail(subject, to):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "shop@example.com", to
    with smtplib.SMTP("localhost", current_app.config["MAIL_PORT"]) as server:
        server.send_message(message)


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def mail_receipt(email):
    send_mail("Your order is on its way", email)


@shared_task(ignore_result=True)
def mail_report():
    send_mail("Time to pack the orders", "shop@example.com")
