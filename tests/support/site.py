"""Build the site and start a browser, for tests of the pages."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sprout.days import ROOT
from sprout.process import environment
from tools.site.screenshots import find_chromium


def build(folder: Path) -> None:
    done = subprocess.run(
        ["mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env=environment({"NO_MKDOCS_2_WARNING": "1"}),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def chromium() -> Iterator:
    path = find_chromium()
    if path is None:
        pytest.skip("Chromium is missing. Run `apt-get install chromium`.")
    from playwright.sync_api import sync_playwright

    sandbox = [] if os.getuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        try:
            yield browser
        finally:
            browser.close()
