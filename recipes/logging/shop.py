import logging
from contextvars import ContextVar

from celery import Celery
from celery.app.task import Task
from celery.signals import before_task_publish, task_prerun
from celery.utils.log import get_task_logger

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
bank = logging.getLogger("bank")  # the logger of a library, independent of Celery
logger = get_task_logger(__name__)
request_id = ContextVar("request_id", default="-")


@before_task_publish.connect
def send_request_id(headers: dict, **_: object) -> None:
    headers["request_id"] = request_id.get()


@task_prerun.connect
def restore_request_id(task: Task, **_: object) -> None:
    sent = task.request
    request_id.set(getattr(sent, "request_id", "-"))
    header, stamp = getattr(sent, "by_header", "-"), sent.stamps.get("by_stamp", "-")
    logger.info("header %s, stamp %s, signal %s", header, stamp, request_id.get())


@app.task
def charge(order: int) -> int:
    bank.info("connected to the bank")
    logger.info("charged order %s", order)
    return order


@app.task
def render_invoice(order: int) -> int:
    mail.delay(order)
    return order


@app.task
def mail(order: int) -> None:
    logger.info("mailed invoice %s", order)
