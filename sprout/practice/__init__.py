"""The exercises: the command `sprout practice`, and `check()` for the notebooks.

`exercises` finds the exercises. `judge` runs a check in separate processes
(`children`), with a `run.Run` as its argument. `progress` stores the reader's progress.
`show` prints verdicts, and `session` waits for a saved file or a key.

>>> from sprout.practice import check
>>> check("day0/send")
"""

from sprout.practice.notebook import check

__all__ = ["check"]
