"""Run the program named by the first argument as if this Python were 3.9.2."""

import runpy
import sys

sys.version_info = (3, 9, 2)
runpy.run_path(sys.argv[1], run_name="__main__")
