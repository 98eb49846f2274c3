from celery.result import AsyncResult
from flask import Blueprint, request, url_for

from shop.tasks import mail_receipt

orders = Blueprint("orders", __name__, url_prefix="/orders")


@orders.post("/")
def create_order():
    email = request.form.get("email", "")
    if "@" not in email:
        return {"email": "Enter an email address."}, 400
    mail = mail_receipt.delay(email)
    return {"status": url_for("orders.mail_status", mail_id=mail.id)}, 202


@orders.get("/mails/<uuid:mail_id>/")
def mail_status(mail_id):
    return {"mail": AsyncResult(str(mail_id)).state}
