"""How pytest --nbval runs the notebooks: with their own kernel, as `make lab` does."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every cell into the slow lane."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebook")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set a notebook's environment: its kernel starts before its first cell."""
    item.config.option.nbval_sanitize_with = str(HERE / "sanitise.cfg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(HERE))
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        patch.setattr(nbval.kernel, "KernelManager", manager)
        return (yield)


def manager(**options: str) -> KernelManager:
    """Return a manager whose kernel is reached by files instead of ports.

    A port is chosen before the kernel takes it; where much begins at once another
    program may come first, and the kernel dies.
    """
    file = Path(tempfile.gettempdir(), f"kernel-{uuid.uuid4().hex}.json")
    return KernelManager(transport="ipc", connection_file=str(file), **options)
