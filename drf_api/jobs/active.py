"""List the tasks that the workers are running."""

from celery import current_app as app

from delivery.broker import broker


def active_jobs(seconds: float = 0.5) -> list[dict]:
    """Return the running tasks, as their workers describe them.

    Omits the workers that do not answer within `seconds`. Raises OperationalError if
    the broker does not answer.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active() or {}
    return [
        {**job, "worker": worker}
        for worker, jobs in sorted(answers.items())
        for job in jobs
    ]
