import subprocess
import time

import pytest

from shop import app


@pytest.fixture(scope="session")
def worker():
    command = ["celery", "-A", "shop", "worker", "-l", "warning", "-c", "1"]
    with subprocess.Popen(command) as process:
        deadline = time.monotonic() + 60
        try:
            while not app.control.ping(timeout=0.2):
                assert time.monotonic() < deadline, "no worker after 60 s"
            yield
        finally:
            process.terminate()
