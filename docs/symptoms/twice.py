from celery import Celery

app = Celery("twice", broker="redis://localhost:6379/0")


@app.task(name="send-mail")
def send_welcome():
    return "welcome"


@app.task(name="send-mail")
def send_goodbye():
    return "goodbye"
