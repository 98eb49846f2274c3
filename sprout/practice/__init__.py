"""The exercises: the command `sprout practice`, and `check()` for the notebooks.

`exercises` finds the exercises. `judge` runs a check in separate processes
(`children`), and passes it a `run.Run`. `progress` stores which exercises are solved.
`show` prints verdicts, and `session` waits for a save or a key.

>>> from sprout.practice import check
>>> check("day0/send")
"""

from sprout.practice.notebook import check

__all__ = ["check"]
