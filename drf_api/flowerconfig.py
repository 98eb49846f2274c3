"""What `celery -A taskrunner flower` reads: without DEBUG there must be a password."""

import sys

from taskrunner import env

variables = env.read()
if not variables["DEBUG"] and not variables["FLOWER_BASIC_AUTH"]:
    sys.exit(env.sentence("FLOWER_BASIC_AUTH", "set with DEBUG=0"))
