"""All faults, in the order of the table: each module adds its own."""

# ruff: noqa: I001 -- the order is the table's
from tests.faults import (
    of_workers,
    of_the_web,
    of_the_broker,
    of_the_database,
    of_the_disk,
    of_the_clock,
    of_hosts,
)
from tests.faults.fault import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "of_hosts",
    "of_the_broker",
    "of_the_clock",
    "of_the_database",
    "of_the_disk",
    "of_the_web",
    "of_workers",
]
