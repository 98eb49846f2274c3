"""The schedule of all periodic tasks.

`migrate` adds missing entries to the tables of django-celery-beat, and overwrites only
REDELIVERY. You can change the other entries in the admin. (If the schedule were in
CELERY_BEAT_SCHEDULE, beat would undo such changes whenever it starts.) To stop an
entry, disable it, because `migrate` adds deleted entries again.

Run exactly one beat process. Two processes would send every task twice.
"""

from celery.schedules import crontab
from django.apps import apps as all_apps
from django.conf import settings

from taskrunner.celery import app

REDELIVERY = {
    f"redeliver, {queue}": {
        "task": "delivery.tasks.redeliver",
        "schedule": float(settings.RESCUE_EVERY),
        "args": (queue,),
        # A search that waited longer than its interval could not distinguish a lost
        # message from a message in a long queue. See Message.lost and Run.lost.
        "options": {"expire_seconds": settings.RESCUE_EVERY, "routing_key": key},
    }
    for queue, key in [("celery", "tasks.redeliver"), ("slow", "tasks.slow.redeliver")]
}
# Entries of earlier versions, whose tasks no longer exist.
REMOVED = ["rescue", "outbox, celery", "outbox, slow"]
SCHEDULE = {
    "add, every 30 seconds": {
        "task": "workflows.tasks.add",
        "schedule": 30.0,
        "args": (16, 16),
        # The message expires after 15 seconds, because the next message follows soon.
        # django-celery-beat silently ignores Celery's option `expires`.
        "options": {"expire_seconds": 15},
    },
    **REDELIVERY,
    "backup, every hour": {
        "task": "backups.tasks.backup",
        "schedule": crontab(minute=0),
        "options": {"expire_seconds": 30 * 60},
    },
    "clean-up, every night": {
        "task": "monitor.tasks.clean_up",
        "schedule": crontab(minute=30, hour=4),
    },
    # Beat adds this entry, but our own clean-up deletes old results.
    "celery.backend_cleanup": {
        "task": "celery.backend_cleanup",
        "schedule": crontab(minute=0, hour=4),
        "enabled": False,
    },
}


def install(apps=all_apps, **_):
    """After `migrate`, add missing entries, overwrite REDELIVERY, delete REMOVED."""
    try:
        known = apps.get_model("django_celery_beat", "PeriodicTask").objects
    except LookupError:  # beat's migrations were reversed
        return
    # Django imports this module before models can be imported.
    from django_celery_beat.schedulers import ModelEntry

    known.filter(name__in=REMOVED).delete()
    kept = set(known.exclude(name__in=REDELIVERY).values_list("name", flat=True))
    for name, entry in SCHEDULE.items():
        # A task's name changes when the task moves to another module.
        known.filter(name=name).exclude(task=entry["task"]).update(task=entry["task"])
        if name not in kept:
            ModelEntry.from_entry(name, app=app, **entry)
