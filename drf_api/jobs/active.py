"""List the tasks that the workers are running."""

from celery import current_app as app

from delivery.broker import broker


def active_jobs(seconds: float = 0.5) -> list[dict]:
    """Return the running tasks, as reported by their workers.

    Omits the tasks of workers that do not reply within `seconds`. Raises
    OperationalError if the broker is unreachable.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active() or {}
    return [
        {**job, "worker": worker}
        for worker, jobs in sorted(answers.items())
        for job in jobs
    ]
