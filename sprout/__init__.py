"""The companion of the tutorial: what its tour, notebooks, pages and tests share.

It starts real processes and records what they did; it never imitates Celery.
"""


class SproutError(Exception):
    """Something went wrong that the reader can mend; the text says what and how."""
