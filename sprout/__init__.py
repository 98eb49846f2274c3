"""The companion code that the tutorial's tour, notebooks, pages and tests share.

The companion runs real Celery processes and records their behaviour.
"""


class SproutError(Exception):
    """An error that readers can fix. The message names the problem and the solution."""
