"""Configure pytest --nbval to run the notebooks with the kernel of `make lab`."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move every cell to the slow lane."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebook")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Set a notebook's environment before its kernel starts."""
    item.config.option.nbval_sanitize_with = str(HERE / "sanitise.cfg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(HERE))
        patch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        patch.setattr(nbval.kernel, "KernelManager", manager)
        return (yield)


def manager(**options: str) -> KernelManager:
    """Return a manager that connects to its kernel through files instead of ports.

    Jupyter chooses a port before the kernel opens the port. Under load, another program
    can open the port first, and the kernel fails to start.
    """
    file = Path(tempfile.gettempdir(), f"kernel-{uuid.uuid4().hex}.json")
    return KernelManager(transport="ipc", connection_file=str(file), **options)
