"""Run the notebooks of `make lab` in a browser, from top to bottom.

    python -m tools.lab --screenshots /tmp/screens day4 drf_api

This command clones the last commit into a folder with a space in its name. It runs
`make lab` there, including the set-up, and prints the duration of each notebook.
Without names, it runs all notebooks.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import click
import nbformat
import psutil
from playwright.sync_api import Page, expect, sync_playwright

from sprout.broker import free_port
from sprout.days import ROOT
from sprout.loopback import urlopen
from sprout.process import environment
from tools.processes import MARK, marked
from tools.site.screenshots import find_chromium
from tools.waiting import until

MINUTE = 60_000  # Playwright uses milliseconds.
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Lab:
    """A JupyterLab started by `make lab`."""

    notebooks: Path
    port: int
    token: str
    mark: str  # the value of MARK in the environment of all child processes

    def address(self, name: str) -> str:
        """Return the address of a notebook."""
        return (
            f"http://127.0.0.1:{self.port}/lab/tree/notebooks/{name}.ipynb"
            f"?token={self.token}&reset"  # without the tabs of the last session
        )

    def started(self) -> list[str]:
        """Return the command lines of the kernels and of their child processes."""
        found = []
        for process in marked(self.mark):
            with suppress(psutil.Error):  # The process has ended.
                line = " ".join(process.cmdline())
                if re.search("ipykernel_launcher|redis-server|celery|gunicorn", line):
                    found.append(line)
        return found


@contextmanager
def lab(folder: Path, *make: str, **env: str) -> Iterator[Lab]:
    """Run `make lab` without a browser during a `with` block.

    Arguments:
        folder: a clone, or the necessary part of a clone.
        make: options of make.
        env: additional environment variables.
    """
    port, token, mark = free_port(), uuid.uuid4().hex, uuid.uuid4().hex
    options = f"--no-browser --port {port} --IdentityProvider.token={token}"
    if os.geteuid() == 0:
        options += " --allow-root"
    ours = environment({MARK: mark, **env})
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            ["make", *make, "lab", f"LAB={options}"],
            cwd=folder,
            env=ours,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

        def answers() -> bool:
            log.seek(0)
            assert process.poll() is None, log.read()
            try:
                with urlopen(f"http://127.0.0.1:{port}/api", timeout=5):
                    return True
            except OSError:
                return False

        try:
            until(answers, 300)
            yield Lab(folder / "notebooks", port, token, mark)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
    until(lambda: not marked(mark), 30)


@contextmanager
def browser(scheme: Scheme = "light", width: int = 1280) -> Iterator[Page]:
    """Yield a browser page. Raise AssertionError after a request to another host."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],
        )
        page = chromium.new_page(
            color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        page.set_default_timeout(MINUTE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield page
        chromium.close()
    hosts = {url.split("/")[2] for url in asked if url.startswith("http")}
    assert {host.partition(":")[0] for host in hosts} == {"127.0.0.1"}


def menu(page: Page, name: str, item: str) -> None:
    """Choose an item in a menu of JupyterLab."""
    page.get_by_role("menuitem", name=name, exact=True).click()
    page.get_by_text(item, exact=True).click()


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook, wait for its kernel, and clear its outputs."""
    page.goto(lab.address(name))
    expect(page.get_by_text("Sprout | Idle")).to_be_visible(timeout=MINUTE)
    menu(page, "Edit", "Clear Outputs of All Cells")


def run_all(page: Page, lab: Lab, name: str) -> int:
    """Run the open notebook, save it, and return the number of code cells.

    Raises AssertionError unless each cell ran once, in order, with the same output as
    in the repository.
    """
    menu(page, "Run", "Run All Cells")
    stopped = page.get_by_text("The worker and the broker have stopped.")
    error = page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    expect(stopped.or_(error).first).to_be_visible(timeout=3 * MINUTE)
    page.keyboard.press("Control+s")
    path = lab.notebooks / f"{name}.ipynb"
    expected = printed(code_cells(ROOT / "notebooks" / f"{name}.ipynb"))

    def saved() -> list[nbformat.NotebookNode] | None:
        try:
            cells = code_cells(path)
        except nbformat.reader.NotJSONError:  # JupyterLab is writing the file.
            return None
        return cells if printed(cells) == expected else None

    numbers = [cell.execution_count for cell in until(saved)]
    assert numbers == list(range(1, len(numbers) + 1))
    return len(numbers)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """Return the code cells of a notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def printed(cells: list[nbformat.NotebookNode]) -> str:
    """Return the outputs and the errors of code cells."""
    outputs = [output for cell in cells for output in cell.outputs]
    return "".join(output.get("text", output.get("evalue", "")) for output in outputs)


def close(page: Page, lab: Lab) -> None:
    """Close the notebook's tab, and wait until its kernel and processes end."""
    assert lab.started()
    menu(page, "File", "Close Tab")
    unsaved = page.get_by_role("button", name="Discard")

    def closed() -> bool:
        if unsaved.is_visible():
            unsaved.click()
        return not lab.started()

    until(closed, 40)


def photograph(page: Page, folder: Path, name: str) -> None:
    """Take screenshots of the open notebook, from top to bottom."""
    cells = page.locator(".jp-Notebook > .jp-WindowedPanel-outer")
    cells.evaluate("element => element.scrollTo(0, 0)")
    for number in range(100):
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{number:02}.png")
        before = cells.evaluate("element => element.scrollTop")
        cells.evaluate("element => element.scrollBy(0, 750)")
        if cells.evaluate("element => element.scrollTop") <= before:
            return


def clone(folder: Path) -> Path:
    """Return a fresh clone of the last commit."""
    copy = folder / "a fresh clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, copy], check=True)
    return copy


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--screenshots",
    type=click.Path(path_type=Path),
    help="Write screenshots to this folder.",
)
@click.option("--scheme", type=click.Choice(get_args(Scheme)), default="light")
@click.option("--width", default=1280)
def main(
    names: tuple[str, ...], screenshots: Path | None, scheme: Scheme, width: int
) -> None:
    """Run all notebooks, or the named notebooks, in a browser and a fresh clone."""
    every = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    if screenshots:
        screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with lab(clone(Path(folder))) as started, browser(scheme, width) as page:
            print(f"make lab: {time.monotonic() - began:.0f} s", flush=True)
            for name in names or every:
                began = time.monotonic()
                open_notebook(page, started, name)
                count = run_all(page, started, name)
                took = time.monotonic() - began
                print(f"{name}: {count} cells run in {took:.0f} s", flush=True)
                if screenshots:
                    photograph(page, screenshots, f"{name}-{scheme}-{width}")
                close(page, started)


if __name__ == "__main__":
    main()
