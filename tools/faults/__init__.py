"""Faults that every accepted request must survive: `python -m tools.faults --help`."""
