"""The companion of the tutorial: code that its tour, notebooks, pages and tests share.

It starts real processes and records what they did; it never imitates Celery.
"""


class SproutError(Exception):
    """An error that the reader can fix; its text says what happened and what to do."""
