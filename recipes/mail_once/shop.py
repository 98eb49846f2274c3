import os
import signal
import smtplib
import sqlite3
from contextlib import contextmanager
from pathlib import Path

from celery import Celery

DATABASE = Path(__file__).parent / "mails.sqlite3"
SMTP_PORT = int(os.environ.get("SMTP_PORT", "1025"))

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_acks_late = True
app.conf.task_reject_on_worker_lost = True


@contextmanager
def transaction():
    connection = sqlite3.connect(DATABASE)
    try:
        with connection:  # commits at the end of the `with` block
            connection.execute(
                "CREATE TABLE IF NOT EXISTS mails (id INTEGER PRIMARY KEY, state)"
            )
            yield connection
    finally:
        connection.close()


def send(order, subject):
    with smtplib.SMTP("localhost", SMTP_PORT) as server:
        message = f"Subject: {subject}\r\n\r\nThank you for order {order}."
        server.sendmail("shop@example.com", ["ada@example.com"], message)


def die_once(task):
    if not task.request.delivery_info["redelivered"]:
        os.kill(os.getpid(), signal.SIGKILL)


@app.task(bind=True)
def mail_carelessly(self, order, die=False):
    send(order, "careless")
    if die:
        die_once(self)
    return "sent"


@app.task(bind=True)
def mail_receipt(self, order, die=False):
    with transaction() as db:  # claim
        row = db.execute("INSERT OR IGNORE INTO mails VALUES (?, 'claimed')", [order])
        if row.rowcount == 0:
            return "not sent: another run has claimed it"
    send(order, "careful")
    if die:
        die_once(self)
    with transaction() as db:  # mark
        db.execute("UPDATE mails SET state = 'sent' WHERE id = ?", [order])
    return "sent"
