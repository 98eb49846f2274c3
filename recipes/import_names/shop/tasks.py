from shop.celery import app


@app.task
def total(prices):
    return sum(prices)
