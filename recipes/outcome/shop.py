from celery import Celery

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)


@app.task
def unit_price(total, count):
    return total / count
