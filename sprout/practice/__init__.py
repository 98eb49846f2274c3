"""The exercises: the command `sprout practice`, and `check()` for the notebooks.

`exercises` finds the exercises. `judge` runs a check in separate processes
(`children`), with a `run.Run` as its argument. `progress` stores the reader's progress.
`show` prints verdicts, and `session` waits for a saved file or a key.

>>> from sprout.practice import check
>>> check("day0/send")
"""


def check(name: str) -> None:
    """Check the reader's file of an exercise, and print the verdict.

    Raises SproutError if the exercise does not exist.
    """
    # Import the module here, because web pages do not contain it.
    from sprout.practice import notebook

    notebook.check(name)
