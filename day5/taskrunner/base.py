from celery import Task
from celery.utils.log import get_task_logger

logger = get_task_logger(__name__)  # adds the task's name and id to each line


class LoggedTask(Task):
    def before_start(self, task_id, args, kwargs):
        logger.info("start: args=%s kwargs=%s", args, kwargs)

    def on_success(self, retval, task_id, args, kwargs):
        logger.info("success: %s", retval)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        logger.error("failure: %r", exc)

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        logger.warning("retry: %r", exc)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        logger.info("end: %s", status)
