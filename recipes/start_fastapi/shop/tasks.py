import os
import smtplib
from email.message import EmailMessage

from shop.celery import app

SMTP_PORT = int(os.environ.get("SMTP_PORT", "1025"))


def send_mail(subject: str, to: str) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "shop@example.com", to
    with smtplib.SMTP("localhost", SMTP_PORT) as server:
        server.send_message(message)


@app.task(autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def mail_receipt(email: str) -> None:
    send_mail("Your order is on its way", email)


@app.task(ignore_result=True)
def mail_report() -> None:
    send_mail("Time to pack the orders", "shop@example.com")
