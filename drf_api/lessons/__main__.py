"""Run a lesson: `python -m lessons outcome`."""

import sys
from importlib import import_module

import django

NAMES = ["outcome", "eager", "import_names", "waiting", "lost_update", "slow_form"]

if sys.argv[1:] not in [[name] for name in NAMES]:
    sys.stderr.write(f"Which lesson? python -m lessons {' | '.join(NAMES)}\n")
    sys.exit(2)
# A lesson is imported, not run as a script: run, its module would be `__main__`, and
# its tasks would have other names than the worker knows. See import_names.py.
django.setup()
import_module(f"lessons.{sys.argv[1]}").main()
