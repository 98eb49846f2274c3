import os

from celery import Celery
from celery.signals import worker_init
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskrunner.settings")

# Which class speaks to a broker whose URL begins with `redis`.
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = (
    "delivery.transport:Transport"
)

app = Celery("taskrunner")
# Any Celery setting, in settings.py, as CELERY_ and its name in capitals.
app.config_from_object("django.conf:settings", namespace="CELERY")
# Where results go. Not by the setting: an exported CELERY_RESULT_BACKEND wins over it,
# and one may be left in the terminal. Results would go to Redis, and whatever reads
# Django's table would wait for ever.
app.backend_cls = "delivery.results.FinalResults"
# The module `tasks` of every app in INSTALLED_APPS.
app.autodiscover_tasks()


@worker_init.connect
def be_patient(**_):
    """Have a worker wait for its broker, where the web answers 503 at once.

    It sends the next step before it says that this one is done: were it to give up,
    a run would fail for a step that had done its work. Some 25 seconds.
    """
    app.conf.task_publish_retry_policy = {
        "max_retries": 30,
        "interval_start": 0.1,
        "interval_step": 0.1,
        "interval_max": 1,
    }
