import pytest
from django.core.cache import cache

from tests.drf_api.stack import (
    django_db_modify_db_settings,
    no_broker,
    real_broker,
    shared_stack,
    stack,
)

__all__ = [
    "django_db_modify_db_settings",
    "no_broker",
    "real_broker",
    "shared_stack",
    "stack",
]


@pytest.fixture(autouse=True)
def no_throttling():
    """Forget how often earlier tests have posted."""
    cache.clear()
