"""`python -m sprout` is `sprout`."""

from sprout.cli import main

main()
