"""All that happens by the clock, in one place.

`migrate` puts what is missing here into the tables of django-celery-beat; from then on
the admin is where it is changed. (Celery's own setting, CELERY_BEAT_SCHEDULE, would
undo such changes whenever beat starts.) To stop an entry, disable it: a deleted one
comes back with the next `migrate`. How often is looked for what was lost is changed by
RESCUE_EVERY alone, which every `migrate` writes.

There must be one beat only; two would send everything twice.
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
        # Not for tidiness: that it never waits longer is what tells a lost message from
        # one in a long queue. See Message.lost and Run.lost.
        "options": {"expire_seconds": settings.RESCUE_EVERY, "routing_key": key},
    }
    for queue, key in [("celery", "tasks.redeliver"), ("slow", "tasks.slow.redeliver")]
}
# What earlier versions scheduled, and what no task is there for any more.
GONE = ["rescue", "outbox, celery", "outbox, slow"]
SCHEDULE = {
    "add, every 30 seconds": {
        "task": "workflows.tasks.add",
        "schedule": 30.0,
        "args": (16, 16),
        # If no worker took it in 15 seconds, the next one is near: drop it. Celery's
        # name for this is `expires`, which django-celery-beat ignores in silence.
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
    # Beat adds this for results only; our clean-up includes them.
    "celery.backend_cleanup": {
        "task": "celery.backend_cleanup",
        "schedule": crontab(minute=0, hour=4),
        "enabled": False,
    },
}


def install(apps=all_apps, **_):
    """Add missing entries, and write REDELIVERY; called after every `migrate`."""
    try:
        known = apps.get_model("django_celery_beat", "PeriodicTask").objects
    except LookupError:  # migrated back to before it
        return
    # Models cannot be imported before Django's apps are ready, as this module is.
    from django_celery_beat.schedulers import ModelEntry

    known.filter(name__in=GONE).delete()
    there = set(known.exclude(name__in=REDELIVERY).values_list("name", flat=True))
    for name, entry in SCHEDULE.items():
        # A task that has moved has another name.
        known.filter(name=name).exclude(task=entry["task"]).update(task=entry["task"])
        if name not in there:
            ModelEntry.from_entry(name, app=app, **entry)
