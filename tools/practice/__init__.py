"""Prove the exercises at length: see `python -m tools.practice --help`."""
