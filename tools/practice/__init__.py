"""Test the exercises thoroughly: see `python -m tools.practice --help`."""
