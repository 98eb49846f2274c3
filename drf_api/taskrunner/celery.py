import os

from celery import Celery

from delivery.install import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")

app = Celery("taskrunner")
# Celery's settings have the prefix CELERY_ in settings.py.
app.config_from_object("django.conf:settings", namespace="CELERY")
# Import the module `tasks` of every app in INSTALLED_APPS.
app.autodiscover_tasks()
# Add the outbox and deduplication.
install(app)
