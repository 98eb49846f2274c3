"""The camera: `celery -A taskrunner events --camera monitor.camera.Camera`.

It listens to the events of the workers, which send them when started with `-E`, and
writes a snapshot of what it saw to the database, every `--frequency` seconds.
"""

import django
from celery.events.snapshot import Polaroid
from django.db import close_old_connections, reset_queries

django.setup()  # `celery events` does not: it loads no tasks, and so no models

from monitor import snapshots  # noqa: E402


class Camera(Polaroid):
    """Celery calls the shutter; finished tasks are forgotten once they are saved."""

    clear_after = True

    def on_shutter(self, state):
        close_old_connections()  # the database may have been restarted in between
        if state.event_count:
            snapshots.save(state)
        reset_queries()  # kept, with DEBUG, until a request begins: never here
