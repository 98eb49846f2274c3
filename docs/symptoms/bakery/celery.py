from celery import Celery

app = Celery("bakery", broker="redis://localhost:6379/0")
app.autodiscover_tasks(["bakery"])
