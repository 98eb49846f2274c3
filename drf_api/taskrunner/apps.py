from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from taskrunner import schedule


class TaskrunnerConfig(AppConfig):
    name = "taskrunner"

    def ready(self):
        """Install the schedule after beat's tables are migrated."""
        beat = apps.get_app_config("django_celery_beat")
        post_migrate.connect(schedule.install, sender=beat)
