"""The companion code that the tutorial's tour, notebooks, pages and tests share.

The companion runs Celery's real processes and records their behaviour.
"""


class SproutError(Exception):
    """An error that the reader can fix. The message names the problem and solution."""
