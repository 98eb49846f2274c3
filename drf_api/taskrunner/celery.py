import os

from celery import Celery

from delivery.install import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")

app = Celery("taskrunner")
# Any Celery setting, in settings.py, as CELERY_ and its name in capitals.
app.config_from_object("django.conf:settings", namespace="CELERY")
# The module `tasks` of every app in INSTALLED_APPS.
app.autodiscover_tasks()
# Accepted work is neither lost nor done twice.
install(app)
