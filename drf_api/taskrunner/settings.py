"""The settings of Django and Celery. env.py reads values that depend on the machine.

Run `migrate` after changing RESCUE_EVERY, which is part of the schedule.
"""

import os
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from delivery import queues
from taskrunner import env

variables = env.read()
BASE_DIR = Path(__file__).resolve().parent.parent

# Security. With DEBUG=1, every variable has a default, only the admin requires a login,
# and by default the application accepts only local host names.

DEBUG = variables["DEBUG"]
SECRET_KEY = variables["SECRET_KEY"]
ALLOWED_HOSTS = variables["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = variables["CSRF_TRUSTED_ORIGINS"]
CSRF_FAILURE_VIEW = "web.errors.csrf_failed"
DEFAULT_EXCEPTION_REPORTER = "web.debug.MarkedReporter"
LOGIN_REQUIRED = not DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # bytes; larger bodies are rejected with 413

if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # probes use plain HTTP
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
if variables["BEHIND_PROXY"]:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The application

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework.authtoken",
    "taskrunner",
    "web",
    "delivery",
    "workflows",
    "jobs",
    "people",
    "monitor",
    "backups",
]

MIDDLEWARE = [
    "web.middleware.add_retry_after",
    "django.middleware.security.SecurityMiddleware",
    "web.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.any_host_for_probes",
    "web.middleware.limit_body",
    "web.middleware.utf8_only",
    "web.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "web.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.LoginMiddleware",
    "web.middleware.DatabaseMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "web.middleware.site_error_pages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.permissions.context",
            ],
        },
    },
]

ROOT_URLCONF = "taskrunner.urls"
WSGI_APPLICATION = "taskrunner.wsgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
LANGUAGE_CODE = "en"
USE_I18N = False  # otherwise, each /api/schema/?lang=... would be cached
TIME_ZONE = "UTC"
USE_TZ = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# With DEBUG=0, Django would by default email errors to ADMINS and log nothing.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "ERROR"}
    },
}

# The cache stores the throttles' counts, separately in each web process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # With the default of 300, more than 300 addresses would evict each other's
        # counts.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# Static files. WhiteNoise serves these files without a second server.

STATIC_URL = "static/"
# With DEBUG=1, WhiteNoise serves the files from the apps' folders. With DEBUG=0,
# `collectstatic` copies the files to this folder.
STATIC_ROOT = None if DEBUG else BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Database

DATABASES = {
    "default": dj_database_url.parse(
        variables["DATABASE_URL"], conn_max_age=60, conn_health_checks=True
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if DATABASES["default"]["NAME"] != ":memory:":
        DATABASES["default"]["NAME"] = str(BASE_DIR / DATABASES["default"]["NAME"])
    DATABASES["default"]["OPTIONS"] = {
        # In WAL mode, readers and the single writer do not block each other.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        # Each transaction waits for the write lock when it starts. Otherwise, a
        # transaction that first reads and later writes would fail without waiting.
        "transaction_mode": "IMMEDIATE",
        # Seconds. With a longer timeout, waiting requests would block all threads.
        "timeout": 5,
    }
else:
    # A database that does not respond counts as down. The lock timeout is as short as
    # SQLite's, because a web process has only four threads. Options in DATABASE_URL
    # take precedence: a long migration may need
    # `?options=-c%20statement_timeout%3D0`.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,  # seconds
        "tcp_user_timeout": 10_000,  # milliseconds to wait for TCP's acknowledgement
        # The application's statements need much less than 30 seconds.
        "options": "-c statement_timeout=30s -c lock_timeout=5s",
        **DATABASES["default"].get("OPTIONS", {}),
    }

# Celery

CELERY_BROKER_URL = variables["CELERY_BROKER_URL"]
if os.environ.get("CELERY_BROKER_URL"):
    # The variable takes precedence over the setting, and kombu does not support
    # valkey://.
    os.environ["CELERY_BROKER_URL"] = CELERY_BROKER_URL
# By default, kombu 5.7 verifies neither the certificate with rediss:// nor the host
# name with amqps://.
if CELERY_BROKER_URL.startswith("rediss://"):
    CELERY_BROKER_USE_SSL: dict[str, Any] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
elif CELERY_BROKER_URL.startswith("amqps://"):
    CELERY_BROKER_USE_SSL = {"server_hostname": urlsplit(CELERY_BROKER_URL).hostname}
# delivery/install.py sets the result backend, which writes to the database.
CELERY_RESULT_EXTENDED = True  # store task name, arguments and worker with each result
CELERY_RESULT_EXPIRES = 7 * 24 * 3600
# Retry for about 20 seconds if the database is unreachable.
CELERY_RESULT_BACKEND_ALWAYS_RETRY = True
CELERY_RESULT_BACKEND_MAX_RETRIES = 12
CELERY_RESULT_BACKEND_BASE_SLEEP_BETWEEN_RETRIES_MS = 50
CELERY_RESULT_BACKEND_MAX_SLEEP_BETWEEN_RETRIES_MS = 5000
# The number of tasks for which a pool process reuses its database connection. Before
# each task, delivery/install.py closes a broken connection.
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TASK_TRACK_STARTED = True  # without it, a running task has the state PENDING
CELERY_TIMEZONE = TIME_ZONE

# JSON only, because loading a pickle can execute arbitrary code.
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"

# Report an unreachable broker within seconds.
CELERY_BROKER_CONNECTION_TIMEOUT = 3
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
# A task must end within VISIBILITY_TIMEOUT. Later, Redis redelivers its message.
CELERY_TASK_TIME_LIMIT = variables["TASK_TIME_LIMIT"]
CELERY_TASK_SOFT_TIME_LIMIT = 0.9 * CELERY_TASK_TIME_LIMIT
VISIBILITY_TIMEOUT = variables["VISIBILITY_TIMEOUT"]
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        # Seconds between two searches for unacknowledged messages; the default is 100.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 3,
        "socket_timeout": 5,
    }
else:  # RabbitMQ confirms each message, so that losses are detected
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
    # By default, a worker's remote control queue is exclusive to one connection. If the
    # worker reconnects before RabbitMQ detects that the connection is broken, RabbitMQ
    # denies access to the queue, and the worker exits. A queue that is not exclusive
    # must be durable. An unused queue expires.
    CELERY_CONTROL_QUEUE_EXCLUSIVE = False
    CELERY_CONTROL_QUEUE_DURABLE = True

# A worker acknowledges a message after running its task. If the worker is killed before
# the task succeeds, another worker runs the task again: at most three more times if a
# pool process died, and four if the main process died. Scheduled tasks have no such
# limit. Delivery is therefore at least once, and tasks must be idempotent.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_WORKER_DEDUPLICATE_SUCCESSFUL_TASKS = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The memory limit of a pool process in KiB. After each task, the worker replaces a
# process that exceeds the limit.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000

# Seconds before a retry. During Celery's default of 180 seconds, Redis would redeliver
# the message.
CELERY_TASK_ANNOTATIONS = {"*": {"default_retry_delay": 0}}

# The interval in seconds of the search for lost messages, and the expiry of the
# search's own message. See Message.lost.
RESCUE_EVERY = variables["RESCUE_EVERY"]
# Seconds until a message whose task has not started counts as lost. Publishing must
# take less time.
STUCK_AFTER = variables["STUCK_AFTER"]
TASK_SENDS = 4  # the maximum number of publications of a message
# The maximum number of attempts. Celery permits four if pool processes die.
TASK_TRIES = 5

CELERY_TASK_QUEUES = queues.QUEUES
CELERY_TASK_ROUTES = ["delivery.queues.route"]
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_DEFAULT_ROUTING_KEY = "tasks.default"
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a misspelt name is an error

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# Beat saves the last run of an entry immediately. By default, beat saves every three
# minutes, so a killed beat would send tasks again.
CELERY_BEAT_SYNC_EVERY = 1

# Seconds that a step sleeps. A job sleeps five times as long, and a batch up to four
# times as long. env.py limits the value, so that jobs and batches end before the soft
# time limit.
STEP_SECONDS = variables["STEP_SECONDS"]

# Backups

BACKUP_DIR = BASE_DIR / variables["BACKUP_DIR"]
BACKUPS_KEPT = 24

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # Because this class is first, requests without credentials get 401, not 403.
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["web.permissions.LoggedInIfRequired"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "web.renderers.PageRenderer",  # for browsers
    ],
    "DEFAULT_PARSER_CLASSES": [
        "web.parsers.StrictJSONParser",
        "web.parsers.StrictFormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["web.throttling.PostThrottle"],
    # The number of trusted addresses in X-Forwarded-For. Without this setting, a client
    # could avoid throttling by sending a new address each time.
    "NUM_PROXIES": int(variables["BEHIND_PROXY"]),
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {
        "start": variables["THROTTLE_START"],
        "change": variables["THROTTLE_CHANGE"],
        "login": "10/min",  # login attempts per address
        "account": "30/min",  # login attempts per user name, from all addresses
    },
    "EXCEPTION_HANDLER": "web.exceptions.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sprout",
    "DESCRIPTION": "Workflows of Celery tasks: start them, watch them, cancel them.",
    "VERSION": "1.0.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "RENDERER_WHITELIST": ["rest_framework.renderers.JSONRenderer"],
    "SERVE_PERMISSIONS": ["web.permissions.LoggedInIfRequired"],
    "ENUM_NAME_OVERRIDES": {
        "RunState": "workflows.states.RUN_STATES",
        "StepState": "workflows.states.STEP_STATES",
    },
}
