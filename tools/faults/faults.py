"""Import all faults in the order of the table. Each module registers its faults."""

# ruff: noqa: F401, I001 -- imported for their side effects, in the order of the table
import tools.faults.workers
import tools.faults.web
import tools.faults.broker
import tools.faults.database
import tools.faults.disk
import tools.faults.clock
import tools.faults.hosts
from tools.faults.fault import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]
