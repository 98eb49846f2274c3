"""The exercises: the command `sprout practice`, and `check()` for the notebooks.

`exercises` finds them, `judge` runs a check in processes of its own (`children`), and
`run` is what a check.py works with. `progress` remembers what is solved, `show` prints
a verdict, and `watch` waits for the next save or key.

>>> from sprout.practice import check
>>> check("day0/send")
"""

from sprout.practice.notebook import check

__all__ = ["check"]
