"""The companion code that the tutorial's tour, notebooks, pages and tests share.

The companion starts real processes and records their behaviour. It never imitates
Celery.
"""


class SproutError(Exception):
    """An error that the reader can fix. The message names problem and solution."""
