"""The project's settings. The database is stored in the folder of the check."""

from pathlib import Path

SECRET_KEY = "for exercises on this machine only"  # noqa: S105
INSTALLED_APPS = ["shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path.cwd() / "shop.db",
        # A second writer waits for the first writer, as on a database server.
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = ["testserver"]
TIME_ZONE = "UTC"
USE_TZ = True
