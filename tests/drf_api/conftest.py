import pytest

from tests.drf_api.stack import broker, no_broker, shared_stack, stack

__all__ = ["broker", "no_broker", "shared_stack", "stack"]


@pytest.fixture(autouse=True)
def no_login(settings):
    """Let everybody in, as with DEBUG; a test may turn it on."""
    settings.LOGIN_REQUIRED = False
