"""Run the command `sprout` with `python -m sprout`."""

from sprout.cli import main

main()
