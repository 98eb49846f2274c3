from celery import Task
from celery.utils.log import get_task_logger

logger = get_task_logger(__name__)  # adds the task's name and id to every line


class LoggedTask(Task):
    typing = False  # the arguments are complete only in __call__, on the worker

    def __call__(self, *args, **kwargs):
        """Run the task with keyword arguments only.

        What earlier tasks returned is in args: a dict, or a list of dicts after a
        group. job_data may be in the message's headers, if the workflow was stamped
        with it; stamp() puts that header on its tasks, and retries keep it.
        """
        for result in args:
            for values in result if isinstance(result, list) else [result]:
                kwargs.update(values)
        stamps = self.request.stamps or {}
        if "job_data" in stamps:
            kwargs["job_data"] = stamps["job_data"]
        return super().__call__(**kwargs)

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
