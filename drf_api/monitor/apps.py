from django.apps import AppConfig
from django.db.models.signals import post_migrate

from taskrunner import schedule


class MonitorConfig(AppConfig):
    name = "monitor"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        post_migrate.connect(schedule.install, sender=self)
