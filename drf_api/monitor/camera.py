"""The camera: `celery -A taskrunner events --camera monitor.camera.Camera`.

The camera receives the workers' events and writes a snapshot to the database every
`--frequency` seconds. Start the workers with `-E`, so that they send task events.
"""

import django
from celery.events.snapshot import Polaroid
from django.db import close_old_connections, reset_queries

django.setup()  # `celery events` does not load the tasks, so it does not call setup()

from monitor import snapshots  # noqa: E402


class Camera(Polaroid):
    """A camera that writes a snapshot to the database, then discards finished tasks."""

    clear_after = True

    def on_shutter(self, state):
        close_old_connections()  # the database may have restarted in the meantime
        if state.event_count:
            snapshots.save(state)
        reset_queries()  # with DEBUG, Django records all queries until the next request
