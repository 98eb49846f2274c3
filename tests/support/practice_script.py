"""Check an exercise in a script without a main guard: `practice_script.py FOLDER`."""

import sys
from pathlib import Path

from sprout.practice import check, exercises

exercises.WORK = Path(sys.argv[1])
check("day0/send")
