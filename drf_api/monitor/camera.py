"""The camera: `celery -A taskrunner events --camera monitor.camera.Camera`.

It receives the events of the workers and writes a snapshot to the database every
`--frequency` seconds. Start the workers with `-E`, so that they send task events.
"""

import django
from celery.events.snapshot import Polaroid
from django.db import close_old_connections, reset_queries

django.setup()  # `celery events` does not call it, because it loads no tasks

from monitor import snapshots  # noqa: E402


class Camera(Polaroid):
    """Saves a snapshot at each shutter, and then forgets the finished tasks."""

    clear_after = True

    def on_shutter(self, state):
        close_old_connections()  # the database may have restarted since the last one
        if state.event_count:
            snapshots.save(state)
        reset_queries()  # with DEBUG Django keeps all queries until a request starts
