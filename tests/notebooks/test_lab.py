"""`make lab`: a notebook, run from top to bottom in a browser."""

import os
import shutil
import signal
import subprocess
import urllib.request
import uuid

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

from sprout.broker import free_port
from sprout.process import environment
from tests.conftest import ROOT
from tests.notebooks.kernel import NOTEBOOKS
from tests.sprout.helpers import MARK, marked, wait_for

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
MINUTE = 60_000  # Playwright counts milliseconds


@pytest.fixture
def lab(tmp_path):
    """Run `make lab`, but for its browser, in a copy; yield its folder and address.

    And the mark of its processes.
    """
    folder = tmp_path / "a path with spaces"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for part in ("notebooks", "sprout", "day0"):
        shutil.copytree(ROOT / part, folder / part)
    port, token, mark = free_port(), uuid.uuid4().hex, uuid.uuid4().hex
    options = f"--no-browser --port {port} --IdentityProvider.token={token}"
    if os.geteuid() == 0:
        options += " --allow-root"
    # Its own sprout and home; without the set-up, which would make a .venv there.
    env = environment({MARK: mark, "HOME": str(tmp_path), "PYTHONPATH": str(folder)})
    env.pop("COVERAGE_PROCESS_START", None)
    make = ["make", "-o", "setup", "lab", f"LAB={options}"]
    log = tmp_path / "lab.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            make,
            cwd=folder,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def answers():
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5):
                return True
        except OSError:
            return False

    try:
        wait_for(answers, 60)
        yield (
            folder,
            f"http://127.0.0.1:{port}/lab/tree/notebooks/day0.ipynb?token={token}",
            mark,
        )
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    wait_for(lambda: not marked(mark), 30)


@pytest.fixture
def page():
    """Open a browser; fail if it asks anything of another machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = browser.new_page()
        page.set_default_timeout(MINUTE)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        yield page
        browser.close()
    hosts = {url.split("/")[2] for url in asked if url.startswith("http")}
    assert {host.partition(":")[0] for host in hosts} == {"127.0.0.1"}


def printed(path):
    """Return what the cells of a notebook have printed."""
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def kernels(mark):
    """Return the kernels that JupyterLab runs."""
    return [
        process for process in marked(mark) if "ipykernel_launcher" in process.cmdline()
    ]


@pytest.mark.skipif(not CHROMIUM, reason="Chromium: apt-get install chromium")
def test_day0_runs_from_top_to_bottom_in_a_browser(lab, page):
    folder, address, mark = lab
    notebook = folder / "notebooks" / "day0.ipynb"
    page.goto(address)
    expect(page.get_by_text("Sprout | Idle")).to_be_visible(timeout=MINUTE)
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_text("Clear Outputs of All Cells", exact=True).click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = page.get_by_text("The worker and the broker have stopped.")
    expect(last).to_be_visible(timeout=2 * MINUTE)
    expect(page.locator("img[src^='data:image/svg']").first).to_be_attached()
    page.keyboard.press("Control+s")
    # Outputs cleared, run and saved: they are the committed ones.
    expected = printed(NOTEBOOKS / "day0.ipynb")
    wait_for(lambda: printed(notebook) == expected)
    # Closing the tab ends the kernel, and so whatever that has started.
    assert kernels(mark)
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.get_by_text("Close Tab", exact=True).click()
    wait_for(lambda: not kernels(mark))
