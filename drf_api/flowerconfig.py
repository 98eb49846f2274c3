"""Flower's configuration file. With DEBUG=0, Flower requires FLOWER_BASIC_AUTH."""

import sys

from taskrunner import env

variables = env.read()
if not variables["DEBUG"] and not variables["FLOWER_BASIC_AUTH"]:
    sys.exit(env.error_message("FLOWER_BASIC_AUTH", "set with DEBUG=0"))
