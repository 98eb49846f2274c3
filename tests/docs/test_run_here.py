"""Run it here: the days run in a real browser, and print what their pages show."""

import re
from contextlib import contextmanager

import pytest

from sprout.days import ROOT
from tests.support.site import build, chromium, serve
from tools.site.run_here.build import BuildError, version
from tools.site.run_here.build import build as fetch
from tools.site.transcripts.format import FOLDER, is_typed, mask, read, select
from tools.site.transcripts.stage import edit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PATIENCE = 240_000  # milliseconds: the first start of Python, on a busy machine


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The built site with Python, served as a static host serves it."""
    if version() is None:
        pytest.skip("Python for the pages: install npm, then make docs")
    try:
        fetch()  # from the cache, with sprout's modules as they are now
    except BuildError as error:
        pytest.skip(f"Python for the pages: {error}")
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    with serve(folder) as address:
        yield address


class Bench:
    """Presses what a reader presses, on one page."""

    def __init__(self, page, day):
        self.page, self.day = page, day
        self.transcript = read(FOLDER / f"{day}.console")

    def open(self):
        """Open the bench, and wait until Python is ready."""
        self.button("Run it here").click()
        self.page.get_by_text("Ready. Start a worker").wait_for(timeout=PATIENCE)

    def button(self, name):
        """Return a button of the page."""
        return self.page.get_by_role("button", name=name, exact=True)

    def terminal(self, name):
        """Return a terminal."""
        return self.page.get_by_role("region", name=name, exact=True)

    def press(self, terminal, name):
        """Press a button of a terminal."""
        self.terminal(terminal).get_by_role("button", name=name, exact=True).click()

    def text(self, terminal):
        """Return what a terminal shows."""
        return self.terminal(terminal).locator("pre").text_content()

    def wait(self, terminal, words):
        """Wait until a terminal, or the note above it, shows some words."""
        found = self.terminal(terminal).get_by_text(words)
        found.first.wait_for(timeout=PATIENCE)

    def start_worker(self, number=1):
        """Start the next worker, and wait until it is ready."""
        self.button("Start a worker").click()
        self.wait(f"Worker {number}", "ready.")

    def run_client(self):
        """Return what the client prints."""
        self.button("Run client.py").click()
        self.wait("Client", re.compile("Done|exit code"))
        return self.text("Client").splitlines()[1:]

    def recorded(self, part):
        """Return what the page shows that the client printed."""
        lines = self.transcript.part(part).lines
        return [line for line in lines if not is_typed(line)]

    def edit(self, part, tmp_path):
        """Make the change that a transcript makes, in the editor."""
        change = self.transcript.part(part)
        changed = tmp_path / "changed.py"
        changed.write_bytes((ROOT / change.file).read_bytes())
        edit(changed, change.lines)
        self.write(change.file.partition("/")[2], changed.read_text("utf-8"))

    def write(self, name, text):
        """Replace the text of a file."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        editor = self.page.get_by_role("textbox", name=f"{self.day}/{name}")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)


@pytest.fixture
def open_bench(browser, address):
    """Open a day's bench; nothing may go wrong on the page, nor leave the machine."""
    wrong = []

    @contextmanager
    def opened(day):
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        page = context.new_page()
        page.on(
            "console",
            lambda said: wrong.append(said.text) if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((address, "blob:", "data:"))
                else wrong.append(request.url)
            ),
        )
        page.goto(f"{address}{day}/")
        bench = Bench(page, day)
        bench.open()
        yield bench
        context.close()

    yield opened
    assert wrong == []


def test_day0_as_its_page_tells_it(open_bench, tmp_path):
    with open_bench("day0") as bench:
        bench.start_worker()
        assert bench.run_client() == bench.recorded("run")

        log = bench.text("Worker 1").splitlines()
        assert "  . taskrunner.add" in log
        part = bench.transcript.part("log")
        seen = select(part, "\n".join(log))
        process = re.compile("/(ForkPoolWorker|MainProcess)")
        shown = [
            process.sub("", line) for line in mask(seen) if "Task taskrunner" in line
        ]
        assert shown == [process.sub("", line) for line in mask(part.lines)]

        timeline = bench.page.locator(".bench .timeline")
        for words in ("add(4, 4)", "✓ 8", "add(10, y=5)", "✓ 15"):
            timeline.get_by_text(words).wait_for(timeout=PATIENCE)

        bench.edit("product", tmp_path)
        bench.wait("Worker 1", "The files have changed.")
        assert bench.run_client() == bench.recorded("stale")
        bench.press("Worker 1", "Restart")
        bench.wait("Worker 1", "ready.")
        assert bench.run_client() == bench.recorded("fresh")

        bench.press("Worker 1", "Stop")
        bench.wait("Worker 1", "The worker has stopped.")
        assert "Warm shutdown" in bench.text("Worker 1")
