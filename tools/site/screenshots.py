"""Take light and dark screenshots of the running application.

`python -m tools.site.screenshots` starts the application as `make api` does, on free
ports and with its own database, starts runs and jobs, and writes docs/assets/screens.
Chromium is required: apt-get install chromium.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    sync_playwright,
)

from sprout import SproutError
from sprout.broker import Broker, free_port
from sprout.days import ROOT, find
from sprout.loopback import urlopen
from sprout.process import Process
from sprout.worker import Worker

FOLDER = ROOT / "docs" / "assets" / "screens"
SIZE: ViewportSize = {"width": 880, "height": 520}
WIDE: ViewportSize = {"width": 1280, "height": 640}
PASSWORD = "a long walk by the sea"  # noqa: S105, of a temporary account
STEP_SECONDS = 2


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, or None if neither is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def application(folder: Path) -> Iterator[tuple[str, str]]:
    """Run the application in a `with` block. Yield the URLs of the site and Flower."""
    port, flower = free_port(), free_port()
    env = {
        "PORT": str(port),
        "FLOWER_PORT": str(flower),
        "REDIS_PORT": str(free_port()),
        "SPROUT_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "BACKUP_DIR": str(folder / "backups"),
        "STEP_SECONDS": str(STEP_SECONDS),
        "DJANGO_SUPERUSER_USERNAME": "ada",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    with Process(["python", ROOT / "drf_api" / "up.py"], env=env, grace=60) as process:
        deadline = time.monotonic() + 120
        while "Ctrl-C stops everything" not in process.log():
            if not process.running or time.monotonic() > deadline:
                raise SproutError(f"up.py does not start:\n{process.log()}")
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{flower}"


def call(address: str, **data: Any) -> Any:
    """Send a request, with `data` as a form if given. Return the response's JSON."""
    fields = {key: value if isinstance(value, str) else json.dumps(value)
              for key, value in data.items()}  # fmt: skip
    body = urlencode(fields).encode() if fields else None
    with urlopen(address, body, timeout=30) as answer:
        return json.load(answer)


def wait_for(run: dict[str, Any], step: int) -> None:
    """Wait until a step of a run has succeeded or the run has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        now = call(run["links"]["self"])
        if "retry" in now["links"] or now["steps"][step]["state"] == "succeeded":
            return
        time.sleep(0.2)
    raise SproutError(f"Step {step} of run {run['id']} did not succeed.")


def shoot(page: Page, name: str, scheme: str) -> None:
    """Write a screenshot of the visible part of a page."""
    page.screenshot(path=FOLDER / f"{name}-{scheme}.png")


def contexts(browser: Browser) -> dict[str, BrowserContext]:
    """Return a browser window for each colour palette."""
    return {
        "light": browser.new_context(
            color_scheme="light", viewport=SIZE, bypass_csp=True
        ),
        "dark": browser.new_context(
            color_scheme="dark", viewport=SIZE, bypass_csp=True
        ),
    }


def take(browser: Browser, site: str, flower: str) -> None:
    """Start runs and jobs, and take the screenshots."""
    windows = contexts(browser)
    first = call(
        f"{site}/api/runs/", testcase="ESG-TC02", job_data={"div": [1, 0], "mul": [3]}
    )
    second = call(
        f"{site}/api/runs/",
        testcase="ESG-TC01",
        job_data={"div": [4, 2], "mul": [3], "add": [6], "sub": [2]},
    )
    wait_for(second, 1)
    tabs = {scheme: window.new_page() for scheme, window in windows.items()}
    for scheme, tab in tabs.items():
        tab.goto(second["links"]["page"])
        shoot(tab, "run", scheme)
    wait_for(first, 1)
    wait_for(second, 3)
    light = tabs["light"]
    light.goto(f"{site}/people/new/")
    light.get_by_label("How many").fill("500")
    light.get_by_role("button", name="Create users").click()
    people = light.url
    light.wait_for_function("document.querySelector('progress').value >= 50")
    for scheme, tab in tabs.items():
        tab.goto(people)
        shoot(tab, "people", scheme)
    light.goto(f"{site}/jobs/")
    light.get_by_label("Job name").fill("monthly report")
    light.get_by_label("Routing key").fill("slow.report")
    light.get_by_role("button").last.click()
    for scheme, tab in tabs.items():
        tab.set_viewport_size({**WIDE, "height": 720})
        tab.goto(f"{site}/jobs/")
        tab.get_by_text("monthly report").first.wait_for()
        tab.get_by_label("Job name").fill("weekly report")
        tab.get_by_label("Routing key").fill("slow.report")
        shoot(tab, "jobs", scheme)
        tab.set_viewport_size(SIZE)
    time.sleep(3)  # for the camera, which writes every two seconds
    for scheme, tab in tabs.items():
        tab.goto(f"{site}/workers/")
        shoot(tab, "workers", scheme)
        tab.set_viewport_size(WIDE)
        tab.goto(f"{site}/admin/login/?next=/admin/django_celery_results/taskresult/")
        tab.get_by_label("Username").fill("ada")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Log in").click()
        tab.wait_for_url("**/taskresult/")
        tab.locator("#toggle-nav-sidebar").click()
        shoot(tab, "results", scheme)
        tab.goto(f"{site}/admin/django_celery_beat/periodictask/")
        shoot(tab, "schedule", scheme)
        tab.goto(f"{flower}/tasks")
        tab.wait_for_selector("#tasks-table tbody tr")
        shoot(tab, "flower", scheme)
        tab.set_viewport_size(SIZE)
        tab.goto(f"{site}/api/")
        tab.wait_for_selector(".opblock")
        tab.locator(".opblock-tag").first.evaluate("tag => tag.scrollIntoView()")
        shoot(tab, "swagger", scheme)


def take_day6(browser: Browser) -> None:
    """Run day 6 with Flower as on its page, and take a screenshot of Flower's tasks."""
    port = free_port()
    flower = ["celery", "-A", "taskrunner", "flower", "--address=127.0.0.1"]
    folder = find("day6").folder
    with (
        Broker() as broker,
        Worker(folder, broker.url()) as worker,
        Process([*flower, f"--port={port}"], cwd=folder, env=worker.urls) as process,
    ):
        deadline = time.monotonic() + 60
        while "Events of group {task} enabled" not in worker.log():
            if not process.running or time.monotonic() > deadline:
                raise SproutError(f"Flower does not start:\n{process.log()}")
            time.sleep(0.2)
        with Process(["python", "client.py"], cwd=folder, env=worker.urls) as client:
            client.wait(60)
        for scheme, window in contexts(browser).items():
            tab = window.new_page()
            tab.set_viewport_size(WIDE)
            tab.goto(f"http://127.0.0.1:{port}/tasks")
            tab.wait_for_selector("#tasks-table tbody tr")
            shoot(tab, "flower-day6", scheme)
    (folder / "runs.json").unlink(missing_ok=True)


def main() -> None:
    """Take all screenshots."""
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("Chromium is missing. Run `apt-get install chromium`.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    sandbox = [] if os.getuid() else ["--no-sandbox"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        with application(Path(folder)) as (site, flower):
            take(browser, site, flower)
        take_day6(browser)
        browser.close()


if __name__ == "__main__":
    main()
