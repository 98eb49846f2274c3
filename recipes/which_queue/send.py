"""Send a part of the job, for example: python send.py with_rq charge."""

import sys
from importlib import import_module

program, what = sys.argv[1:]
getattr(import_module(program), f"send_{what}")()
