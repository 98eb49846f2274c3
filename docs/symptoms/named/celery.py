from celery import Celery

app = Celery("named", broker="redis://localhost:6379/0")
