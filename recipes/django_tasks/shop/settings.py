from pathlib import Path

TIME_ZONE = "UTC"
INSTALLED_APPS = ["django_tasks", "django_tasks_db", "shop"]
TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend"},
    "celery": {"BACKEND": "shop.backend.CeleryBackend"},
}
FILE = Path(__file__).parent.parent / "db.sqlite3"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE}}
CELERY_BROKER_URL = CELERY_RESULT_BACKEND = "redis://localhost:6379/0"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
