from urllib.parse import urlsplit

import job

USE_TZ = True
INSTALLED_APPS = ["django_tasks", "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
server = urlsplit(job.POSTGRESQL)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": server.path.strip("/"),
        "USER": server.username,
        "PASSWORD": server.password,
        "HOST": server.hostname,
        "PORT": server.port,
    }
}
