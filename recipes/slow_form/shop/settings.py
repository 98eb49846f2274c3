DEBUG = True
TIME_ZONE = "UTC"
INSTALLED_APPS = ["letters"]
ROOT_URLCONF = "shop.urls"
CELERY_BROKER_URL = "redis://localhost:6379/0"
CELERY_RESULT_BACKEND = "redis://localhost:6379/0"
