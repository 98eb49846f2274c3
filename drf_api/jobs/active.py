"""Ask the workers what they run now."""

from celery import current_app as app

from delivery.broker import broker


def active_jobs(seconds: float = 0.5) -> list[dict]:
    """Return the tasks that are running now, as their workers describe them.

    Workers that do not answer within the time are left out. OperationalError is raised
    if the broker does not answer.
    """
    with broker(seconds) as connection:
        ask = app.control.inspect(timeout=seconds, connection=connection)
        answers = ask.active() or {}
    return [
        {**job, "worker": worker}
        for worker, jobs in sorted(answers.items())
        for job in jobs
    ]
