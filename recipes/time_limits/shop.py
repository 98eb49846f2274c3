import time
from pathlib import Path

from celery import Celery
from celery.app.task import Context
from celery.utils.log import get_task_logger

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
app.conf.task_soft_time_limit = 60  # seconds, the default for all tasks
app.conf.task_time_limit = 90
logger = get_task_logger(__name__)
DRAFTS = Path(__file__).parent


@app.task(soft_time_limit=2, time_limit=4)
def render_invoice(order: int, seconds: float) -> str:
    draft = DRAFTS / f"invoice-{order}.draft"
    draft.write_text("half an invoice", encoding="utf-8")
    try:
        time.sleep(seconds)  # the rendering
    finally:
        draft.unlink()
        logger.info("the draft of invoice %s is removed", order)
    return f"invoice {order} is rendered"


@app.task(soft_time_limit=2, time_limit=4, acks_late=True)
def print_invoice(order: int) -> None:
    draft = DRAFTS / f"invoice-{order}.draft"
    draft.write_text("half a page", encoding="utf-8")
    while draft.exists():
        try:
            time.sleep(20)  # the printer does not respond
        except Exception as error:  # includes SoftTimeLimitExceeded
            logger.warning("trying again after %r", error)


@app.task
def warn_staff(request: Context, error: Exception, traceback: object) -> None:
    logger.error("%s: %r", request.id, error)
