"""How pytest --nbval runs the notebooks: with their own kernel, as `make lab` does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set a notebook's environment: its kernel starts before its first cell."""
    item.config.option.nbval_sanitize_with = str(HERE / "sanitise.cfg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(HERE))
        for name in ("COVERAGE_PROCESS_START", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        return (yield)
