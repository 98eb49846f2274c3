from celery import shared_task, uuid
from celery.app.task import Context
from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

STATUS = {"STARTED": "RUNNING", "SUCCESS": "SUCCESSFUL", "FAILURE": "FAILED"}
TIMES = ("enqueued_at", "started_at", "finished_at", "last_attempted_at")


@shared_task
def run(path: str, args: list, kwargs: dict) -> object:
    return import_string(path).call(*args, **kwargs)


class CeleryBackend(BaseTaskBackend):
    supports_get_result = supports_defer = True

    def enqueue(self, task: Task, args: tuple, kwargs: dict) -> TaskResult:
        self.validate_task(task)
        options = {"args": [task.module_path, args, kwargs], "task_id": uuid()}
        request = Context(options, task=run.name)
        run.backend.store_result(request.task_id, None, "SENT", request=request)
        transaction.on_commit(lambda: run.apply_async(**options, eta=task.run_after))
        return self.get_result(request.task_id)

    def get_result(self, result_id: str) -> TaskResult:
        found = run.AsyncResult(result_id)
        if found.state == "PENDING":
            raise TaskResultDoesNotExist(result_id)
        path, args, kwargs = found.args
        result = TaskResult(
            task=import_string(path).using(backend=self.alias),
            **dict.fromkeys(TIMES),
            id=result_id,
            status=TaskResultStatus(STATUS.get(found.state, "READY")),
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[found.worker] if found.worker else [],
        )
        object.__setattr__(result, "_return_value", found.result)
        return result
