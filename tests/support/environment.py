"""A pytest plugin that removes environment variables of the developer's projects.

pytest's option `-p` loads the plugin before pytest-django reads the settings from the
environment.
"""

import os
import runpy
import sys

from sprout.days import ROOT
from sprout.environment import clean

APPLICATION = runpy.run_path(str(ROOT / "drf_api" / "taskrunner" / "env.py"))

# nbformat imports jsonschema, which imports a grammar of internationalised URLs. The
# import takes 1.5 s in each process, and no test uses the grammar.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

clean(os.environ)
for name, *_ in APPLICATION["rows"]():
    os.environ.pop(name, None)
# Variables of up.py, and variables that change the output of programs and pictures.
for name in ("PORT", "REDIS_PORT", "FLOWER_PORT", "SPROUT_VAR", "REPOSITORY"):
    os.environ.pop(name, None)
for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "MPLBACKEND", "CDPATH", "BASH_ENV"):
    os.environ.pop(name, None)
