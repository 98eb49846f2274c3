from celery import Celery, group
from celery.app.task import Context, Task
from celery.utils.log import get_task_logger

app = Celery(
    "shop", broker="redis://localhost:6379/0", backend="redis://localhost:6379/0"
)
logger = get_task_logger(__name__)


@app.task
def render_invoice(order: int) -> str:
    if order == 2:
        raise ValueError("order 2 has no address")
    return f"invoice {order}"


@app.task
def mail_report(invoices: list[str]) -> str:
    logger.info("mailing %s", invoices)
    return f"mailed: {invoices}"


@app.task
def warn_staff(request: Context, error: Exception, traceback: object) -> None:
    logger.error("%s failed: %s", request.task, type(error).__name__)


@app.task
def try_invoice(order: int) -> str:
    try:
        return render_invoice(order)
    except ValueError as error:
        return f"failed: {error}"


@app.task(bind=True)
def invoice_all(self: Task, day: str) -> list[str]:
    orders = {"monday": [1, 2, 3], "tuesday": [4]}.get(day, [])  # a database table
    if not orders:
        return []
    raise self.replace(group(try_invoice.s(order) for order in orders))
