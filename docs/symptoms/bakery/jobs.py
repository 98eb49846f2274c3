from bakery.celery import app


@app.task
def bake(bread):
    return f"{bread} is ready"
