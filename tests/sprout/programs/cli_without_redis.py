"""Run the companion's command line with FOLDER as the folder of the venv's commands."""

import sys
from pathlib import Path

import sprout.broker
from sprout.cli import main

sprout.broker.SCRIPTS = Path(sys.argv.pop(1))
main()
