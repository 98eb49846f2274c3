from uuid import UUID

from fastapi import FastAPI
from pydantic import BaseModel, Field

from shop.celery import app as celery
from shop.tasks import mail_receipt

app = FastAPI()


class Order(BaseModel):
    email: str = Field(pattern=".+@.+")


@app.post("/orders/", status_code=202)
def create_order(order: Order) -> dict[str, str]:
    mail = mail_receipt.delay(order.email)
    return {"status": app.url_path_for("mail_status", mail_id=mail.id)}


@app.get("/orders/mails/{mail_id}/")
def mail_status(mail_id: UUID) -> dict[str, str]:
    return {"mail": celery.AsyncResult(str(mail_id)).state}
