"""Ask Flower for a task as a day does: `ask_flower.py ADDRESS`, in the day's folder."""

import os
import sys

sys.path.insert(0, os.getcwd())  # noqa: PTH109

import follow

# No run was saved: via_flower.py, when it is imported, shows an empty table.
follow.load = list
follow.table = lambda *_: ""

import via_flower  # noqa: E402

print(via_flower.state("an-id"))
