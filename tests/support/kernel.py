"""A notebook's kernel, started as in JupyterLab."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jupyter_client.manager import KernelManager

from notebooks.conftest import manager as new_manager
from sprout.process import environment
from tests.support.notebooks import NOTEBOOKS


class Kernel:
    """A kernel that runs cells and returns their output."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def send(self, code: str) -> str:
        """Start a cell, and return the id of the request."""
        return self.client.execute(code, store_history=False)

    def see(self, request: str, timeout: float = 60) -> str:
        """Wait until a cell has run. Return its output, including errors."""
        seen = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                seen.append(content["text"])
            elif message["msg_type"] == "error":
                seen.append("\n".join(content["traceback"]))
            elif content.get("execution_state") == "idle":
                return re.sub(r"\x1b\[[\d;]*m", "", "".join(seen)).strip()

    def run(self, code: str) -> str:
        """Run a cell and return its output."""
        return self.see(self.send(code))


@contextmanager
def kernel(extra: Mapping[str, str] | None = None) -> Iterator[Kernel]:
    """Run a kernel in the notebooks' folder during the block."""
    manager = new_manager(kernel_name="python3")
    manager.kernel_spec_manager.kernel_dirs = [str(NOTEBOOKS / "kernels")]
    manager.start_kernel(cwd=str(NOTEBOOKS), env=environment(extra))
    running = None
    try:
        running = Kernel(manager)
        yield running
    finally:
        if running is not None:
            running.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
