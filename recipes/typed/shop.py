from celery import Celery
from pydantic import BaseModel, PositiveInt

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


class Order(BaseModel):
    number: PositiveInt
    cents: PositiveInt


class Invoice(BaseModel):
    order: int
    text: str


@app.task(pydantic=True)
def render_invoice(order: Order, copies: int = 1) -> Invoice:
    return Invoice(order=order.number, text=f"{order.cents} cents, {copies} copies")
