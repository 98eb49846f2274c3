"""What `celery -A taskrunner flower` reads: without DEBUG there must be a password."""

from taskrunner.env import flag, required

if not flag("DEBUG", True):
    required("FLOWER_BASIC_AUTH", None)
