"""Run the command line of the companion with another folder of commands: FOLDER."""

import sys
from pathlib import Path

import sprout.broker
from sprout.cli import main

sprout.broker.SCRIPTS = Path(sys.argv.pop(1))
main()
