from celery import Task
from celery.utils.log import get_task_logger

logger = get_task_logger(__name__)  # adds the task's name and id to each line


class LoggedTask(Task):
    def before_start(self, task_id, args, kwargs):
        logger.info("start: args=%s kwargs=%s", args, kwargs)
        if self.request.stamps:
            logger.info("stamps: %s", self.request.stamps)

    def on_success(self, retval, task_id, args, kwargs):
        logger.info("success: %s", retval)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        logger.error("failure: %r", exc)

    def on_retry(self, exc, task_id, args, kwargs, einfo):
        logger.warning("retry: %r", exc)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        logger.info("end: %s", status)


class NamedResults(LoggedTask):
    typing = False  # the arguments are complete only in __call__, on the worker

    def __call__(self, *args, **kwargs):
        """Run the task with earlier results as keyword arguments.

        args contains the previous result: a dict, or a list of dicts after a group.
        Raises ValueError if two values have the same name.
        """
        for returned in args:
            for results in returned if isinstance(returned, list) else [returned]:
                for name, value in results.items():
                    if name in kwargs:
                        raise ValueError(
                            f"Two values are named {name}: {kwargs[name]!r} and "
                            f"{value!r}. Return a different name from one of the tasks."
                        )
                    kwargs[name] = value
        return super().__call__(**kwargs)
