"""Faults: what is accepted survives each of them. `python -m tools.faults --help`."""
