"""Measure the start time, the downloads and the memory of Celery in a page.

    .venv/bin/python -m tools.site.generated run-here

Chromium opens Day 0's page twice with the same profile, over a connection of 20 Mbit/s.
The page reports its own times.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from sprout import SproutError
from sprout.days import ROOT
from sprout.process import environment
from tools.site.measured import measured_here, table
from tools.site.run_here.build import build
from tools.site.screenshots import find_chromium
from tools.site.static import Host, serve

READER = Path(__file__).with_name("reader.mjs")
LINE = 20e6  # the speed of the connection, in bits per second
PATIENCE = 300.0  # time limit of a visit, in seconds
MOST_WORKERS = 4


@contextmanager
def chromium(profile: str, url: str) -> Iterator[psutil.Process]:
    """Run headless Chromium on a page during a `with` block, without remote control."""
    path = find_chromium()
    if path is None:
        raise SproutError("Chromium is missing. Run `apt-get install chromium`.")
    options = ["--headless", "--no-sandbox", "--no-first-run"]
    with subprocess.Popen(
        [path, *options, f"--user-data-dir={profile}", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()


def memory(browser: psutil.Process) -> int:
    """Return the bytes of the browser's largest process, which renders the page."""
    sizes = [each.memory_full_info().uss for each in browser.children(recursive=True)]
    return max(sizes, default=0)


def visit(host: Host, profile: str) -> dict[str, float]:
    """Open Day 0's page once. Return its times in seconds and its sizes in MB."""
    host.sent = 0
    host.reports.clear()
    found: dict[str, float] = {}
    with chromium(profile, f"{host.address}day0/") as browser:
        deadline = time.monotonic() + PATIENCE
        while "end" not in found:
            if time.monotonic() > deadline:
                raise SproutError(f"The page stopped after {list(found)}.")
            while host.reports:
                event, _, milliseconds = host.reports.pop(0).partition(" ")
                found[event] = int(milliseconds) / 1000
                if event.startswith("settled"):
                    found[event] = memory(browser) / 1e6
            time.sleep(0.05)
    return found | {"loaded": host.sent / 1e6}


def measure() -> str:
    """Return two tables: the times of the visits, and the memory of the page."""
    build()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        site, profile = (str(Path(temporary, name)) for name in ("site", "profile"))
        subprocess.run(
            ["mkdocs", "build", "--quiet", "--site-dir", site],
            cwd=ROOT,
            env=environment({"NO_MKDOCS_2_WARNING": "1"}),
            check=True,
        )
        script = READER.read_text(encoding="utf-8")
        with serve(Path(site), LINE, script) as host:
            visits = [visit(host, profile) for _ in range(2)]
    starts = table(
        ["Visit", "Download", "Python start", "Worker start"],
        [
            [
                name,
                f"{seen['loaded']:.1f} MB",
                f"{seen['ready']:.1f} s",
                f"{seen['worker1']:.1f} s",
            ]
            for name, seen in zip(("first", "second"), visits, strict=True)
        ],
    )
    sizes = table(
        ["Workers", "Memory of the page"],
        [
            [f"{number}", f"{visits[1][f'settled{number}']:.0f} MB"]
            for number in range(1, MOST_WORKERS + 1)
        ],
    )
    return (
        f"{starts}\n\nThe times are measured from the press of the button, over a "
        f"connection of {LINE / 1e6:.0f} Mbit/s.\n\n{sizes}\n\n"
        f"Measured on {measured_here()}."
    )
