import logging

from celery import current_task
from celery.signals import after_setup_logger, after_setup_task_logger
from pythonjsonlogger.json import JsonFormatter

from shop import app, request_id

__all__ = ["app"]


def add_ids(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    if current_task:
        record.task, record.task_id = current_task.name, current_task.request.id
    return True


@after_setup_logger.connect
@after_setup_task_logger.connect
def log_json(logger: logging.Logger, **_: object) -> None:
    for handler in logger.handlers:
        handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(message)s"))
        handler.addFilter(add_ids)
