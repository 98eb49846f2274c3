"""Print the times at which a crontab is due on three nights."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from celery.schedules import crontab

from shop import app

BERLIN = ZoneInfo("Europe/Berlin")


def is_due(hour, now, last):
    schedule = crontab(hour=hour, minute=0, app=app, nowfun=lambda: now)
    return schedule.is_due(last).is_due


def runs(day, hour):
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)
    last = midnight
    for minute in range(6 * 60):
        now = midnight + timedelta(minutes=minute)
        if is_due(hour, now.astimezone(BERLIN), last.astimezone(BERLIN)):
            yield f"{now.astimezone(BERLIN):%H:%M %Z}"
            last = now


for day in ("2027-03-27", "2027-03-28", "2027-10-31"):
    print(day, "at 2:", *runs(day, 2), " at 4:", *runs(day, 4))
