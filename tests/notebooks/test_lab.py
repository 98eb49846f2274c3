"""A notebook and its form run in a browser, in the JupyterLab of `make lab`.

`python -m tools.lab` runs all nine notebooks in a fresh clone.
"""

import shutil

import pytest
from playwright.sync_api import expect

from sprout.days import ROOT
from tools.lab import (
    MINUTE,
    browser,
    close,
    lab,
    menu,
    open_notebook,
    run_all,
)
from tools.site.screenshots import find_chromium

pytestmark = pytest.mark.browser

NAME = "day7"


@pytest.fixture
def folder(tmp_path):
    """Copy the notebook's files into a path with spaces, and link the .venv."""
    folder = tmp_path / "a path with spaces"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for part in ("notebooks", "sprout", NAME):
        shutil.copytree(ROOT / part, folder / part)
    return folder


@pytest.mark.timeout(600)  # each browser step has its own limit
@pytest.mark.skipif(
    not find_chromium(), reason="Chromium is missing. Run `apt-get install chromium`."
)
def test_a_notebook_runs_from_top_to_bottom_in_a_browser(folder, tmp_path):
    # Use the copied sprout package and a separate home. `-o setup` skips creating a
    # .venv.
    env = {"HOME": str(tmp_path), "PYTHONPATH": str(folder)}
    with lab(folder, "-o", "setup", **env) as started, browser() as page:
        open_notebook(page, started, NAME)
        run_all(page, started, NAME)
        pictures = page.locator("img[src^='data:image/svg']")
        expect(pictures.first).to_be_attached()

        # The last cell has stopped the day, so the button shows an error.
        form = page.locator(".jp-CodeCell").filter(has_text="IntSlider")
        button = form.get_by_role("button", name="Run", exact=True)
        button.click()
        expect(form.get_by_text("The broker is not running.")).to_be_visible()

        # Run the cells again, down to the form. A different number changes the result.
        form.locator(".jp-InputArea").click()
        menu(page, "Run", "Run All Above Selected Cell")
        menu(page, "Run", "Run Selected Cell")
        expect(form.get_by_text("The broker is not running.")).to_be_hidden()
        slider = form.get_by_role("slider").nth(2)
        slider.focus()
        slider.press("ArrowRight")
        button.click()
        last = "diff-of-two-numbers(14.0, 2)"  # 4 / 2 * 4 + 6, then - 2
        expect(form).to_contain_text(last, timeout=MINUTE)
        assert any("celery" in line for line in started.started())
        close(page, started)  # while the day is running
