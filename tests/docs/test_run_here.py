"""In a real browser, the bench ("Run it here") prints the output shown on the pages."""

import ast
import re
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from sprout.days import ROOT
from sprout.practice.exercises import find
from tests.support.firefox import firefox
from tests.support.site import build, chromium
from tools.site.run_here.build import BuildError, version
from tools.site.run_here.build import build as fetch
from tools.site.run_here.exercises import offered
from tools.site.static import serve
from tools.site.transcripts.format import FOLDER, is_typed, mask, read, select
from tools.site.transcripts.stage import edit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PATIENCE = 240_000  # milliseconds for Python to start in a page on a busy machine
LATE = "@app.task(acks_late=True)"


@pytest.fixture(scope="module")
def context(address):
    """A context of Debian's Chromium. The module's tests share its storage."""
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(PATIENCE)
        yield context
        context.close()


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """The built site with Python, on a static host."""
    if version() is None:
        pytest.skip(
            "Python for the pages is not built. Install npm and run `make docs`."
        )
    try:
        fetch()  # from the cache, with the current modules of sprout
    except BuildError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    with serve(folder) as host:
        yield host


@pytest.fixture(scope="module")
def address(host):
    return host.address


class Bench:
    """The controls of a page with a bench."""

    BUTTON = "Run it here"
    READY = "Ready. Start a worker"

    def __init__(self, page, day):
        self.page, self.day = page, day

    @property
    def transcript(self):
        """The recording of the page."""
        name = self.day.replace("recipes/", "recipe-")
        return read(FOLDER / f"{name}.console")

    def open(self):
        """Open the bench, and wait until Python is ready."""
        self.button(self.BUTTON).click()
        self.ready()

    def ready(self):
        """Wait until Python is ready."""
        self.page.get_by_text(self.READY).wait_for()

    def button(self, name):
        """Return a button of the page."""
        return self.page.get_by_role("button", name=name, exact=True)

    def terminal(self, name):
        """Return the terminal with this name."""
        return self.page.get_by_role("region", name=name, exact=True)

    def press(self, terminal, name):
        """Press a button of a terminal."""
        self.terminal(terminal).get_by_role("button", name=name, exact=True).click()

    def text(self, terminal):
        """Return the text of a terminal."""
        return self.terminal(terminal).locator("pre").text_content()

    def wait(self, terminal, words):
        """Wait until a terminal or the note above it contains these words."""
        found = self.terminal(terminal).get_by_text(words)
        found.first.wait_for()

    def wait_for_text(self, terminal, words):
        """Wait until a terminal contains these words, on one or several lines."""
        self.terminal(terminal).locator("pre").filter(has_text=words).wait_for()

    def start_worker(self, number=1):
        """Start the next worker, and wait until the worker is ready."""
        self.button("Start a worker").click()
        self.wait(f"Worker {number}", "ready.")

    def restart(self):
        """Restart Worker 1, and wait until the new worker is ready."""
        self.press("Worker 1", "Restart")
        log = self.terminal("Worker 1").locator("pre")
        log.filter(has_not_text="Warm shutdown").filter(has_not_text="received").filter(
            has_text="ready."
        ).wait_for()

    def run_client(self):
        """Run the client and return its printed lines.

        Run the client again if it exceeds its own time limit on a busy machine.
        """
        for _ in range(2):
            self.button("Run client.py").click()
            self.wait("Client", re.compile("Done|exit code"))
            if "exceptions.TimeoutError" not in self.text("Client"):
                break
        return [line.rstrip() for line in self.text("Client").splitlines()[1:]]

    def type(self, line):
        """Type a line at the prompt, and wait for the next prompt."""
        field = self.terminal("Prompt").get_by_role("textbox", name="Python")
        field.fill(line)
        field.press("Enter")
        self.asks()

    def asks(self):
        """Wait until the prompt is ready for a line."""
        sign = self.terminal("Prompt").locator("form span")
        sign.filter(has_text=re.compile(r">>>|\.\.\.")).wait_for()

    def recorded(self, part):
        """Return the recorded output of a part, without the typed lines."""
        lines = self.transcript.part(part).lines
        return [line for line in lines if not is_typed(line)]

    def edit(self, part, tmp_path):
        """Apply a change from the transcript in the page's editor."""
        change = self.transcript.part(part)
        changed = tmp_path / "changed.py"
        changed.write_bytes((ROOT / change.file).read_bytes())
        edit(changed, change.lines)
        self.write(change.file.partition("/")[2], changed.read_text("utf-8"))

    def write(self, name, text):
        """Replace the text of a file. Add the file if it is missing."""
        tab = self.page.get_by_role("tab", name=name, exact=True)
        if not tab.count():
            self.page.get_by_role("textbox", name="Name of a new file").fill(name)
            self.button("Add a file").click()
        tab.click()
        self.editor(name).click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def editor(self, name):
        """Return the editor of a file."""
        return self.page.get_by_role("textbox", name=f"{self.day}/{name}")

    def source(self, name):
        """Return the text of one of the day's files in the repository."""
        return (ROOT / self.day / name).read_text(encoding="utf-8")


class Exercises(Bench):
    """The controls of the page with the exercises."""

    BUTTON = "Solve an exercise here"
    READY = "Ready. Edit exercise.py"

    def choose(self, exercise):
        """Open an exercise."""
        self.page.get_by_label("Exercise", exact=True).select_option(exercise.name)
        self.day = f"practice/{exercise.name}"

    def judge(self, text=None):
        """Write `text` if given, and check the file. Return the verdict and message."""
        if text is not None:
            self.write("exercise.py", text)
        self.button("Check").click()
        lines = self.page.locator(".bench .verdict p")
        lines.first.wait_for()
        sign, *message = lines.all_inner_texts()
        return sign, " ".join(message)


class Prediction(Bench):
    """The controls of a bench that is opened from a prediction."""

    def open(self):
        """Open the bench, and wait until Python is ready."""
        self.page.get_by_role("link", name="Run it here to find out.").first.click()
        self.ready()


def message_of(path):
    """Return the expected message of a wrong answer: its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    return " ".join(docstring.split())


@pytest.fixture
def open_bench(context, address):
    """Open a day's bench. Fail on page errors and on requests to other machines."""
    wrong = []

    def watch(page):
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text) if message.type == "error" else None
            ),
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))

    def check(request):
        if not request.url.startswith((address, "blob:", "data:")):
            wrong.append(request.url)

    context.on("page", watch)
    context.on("request", check)

    @contextmanager
    def opened(day, fragment="", before=lambda page: None, kind=Bench):
        page = context.new_page()
        page.goto(f"{address}{day}/{fragment}")
        before(page)
        bench = kind(page, day)
        bench.open()
        yield bench
        page.close()

    yield opened
    context.remove_listener("page", watch)
    context.remove_listener("request", check)
    assert wrong == []


def test_the_first_visit_loads_at_most_nine_million_bytes(open_bench, host):
    assert host.sent == 0
    with open_bench("day0") as bench:
        bench.start_worker()
    assert 5e6 < host.sent <= 9e6


def test_day0_runs_as_described_on_its_page(open_bench, tmp_path):
    with open_bench("day0") as bench:
        bench.start_worker()
        assert bench.run_client() == bench.recorded("run")

        bench.wait_for_text("Worker 1", re.compile(r"succeeded[\s\S]*succeeded"))
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
            timeline.get_by_text(words).wait_for()

        bench.edit("product", tmp_path)
        changed = bench.page.get_by_text("The files have changed.")
        # The page first asks for a prediction of the output.
        assert not changed.count()
        assert bench.run_client() == bench.recorded("stale")
        changed.wait_for()
        bench.restart()
        assert bench.run_client() == bench.recorded("fresh")

        bench.press("Worker 1", "Stop")
        bench.wait("Worker 1", "The worker has stopped.")
        assert "Warm shutdown" in bench.text("Worker 1")


@pytest.mark.parametrize(
    "day", ["day1", "day2", "day3", "day4", "day5", "day6", "day7"]
)
def test_a_day_prints_the_output_on_its_page(open_bench, day):
    with open_bench(day) as bench:
        bench.start_worker()
        shown = bench.text("Worker 1").splitlines()
        tasks = [line for line in bench.recorded("start") if line.startswith("  . ")]
        assert [line for line in shown if line.startswith("  . ")] == tasks
        assert bench.run_client() == bench.recorded("run")


@pytest.mark.parametrize(
    "name", ["errors", "import_names", "outcome", "progress", "waiting"]
)
def test_a_recipe_prints_the_output_on_its_page(open_bench, name):
    with open_bench(f"recipes/{name}") as bench:
        bench.start_worker()
        shown, recorded = mask(bench.run_client()), mask(bench.recorded("run"))
    assert shown == recorded


def test_an_exercise_is_solved_in_the_page(open_bench):
    exercise = find("day0/send")

    def begin_anew(page):
        page.evaluate("localStorage.clear()")

    with open_bench("practice", before=begin_anew, kind=Exercises) as bench:
        bench.choose(exercise)
        bench.page.get_by_role("heading", name="Send a task").wait_for()
        sign, _ = bench.judge()
        assert sign == "○ Not attempted: the file is unchanged"

        wrong = exercise.folder / "wrong" / "called.py"
        seen = bench.judge(wrong.read_text("utf-8"))
        assert seen == ("✗ Not right yet", message_of(wrong))
        bench.page.get_by_text("Hint 1 of 3").wait_for()

        assert bench.judge(exercise.solution) == ("✓ Right", "")
        timeline = bench.page.locator(".bench .timeline")
        timeline.get_by_text("send_mail").wait_for()
        assert "ready." in bench.text("Worker")
        found = Axe().run(bench.page, context=".bench").response["violations"]
        assert [
            (each["id"], [n["html"] for n in each["nodes"]]) for each in found
        ] == []
        bench.page.set_viewport_size({"width": 390, "height": 844})
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert bench.page.evaluate(wide) <= 0
        chosen = bench.page.locator(".bench select option:checked")
        assert chosen.inner_text() == "✓ day0/send: Send a task"
    # The page first shows the first unsolved exercise.
    with open_bench("practice", kind=Exercises) as bench:
        chosen = bench.page.locator(".bench select option:checked")
        assert chosen.inner_text().startswith("day0/json_only")


@pytest.mark.timeout(1800)
def test_every_exercise_has_the_same_verdicts_as_in_a_terminal(open_bench):
    seen, expected = {}, {}
    with open_bench("practice", kind=Exercises) as bench:
        for exercise in offered():
            bench.choose(exercise)
            wrong = exercise.wrong[0]
            name = exercise.name
            expected[name] = ("✓ Right", ""), ("✗ Not right yet", message_of(wrong))
            right = bench.judge(exercise.solution)
            seen[name] = right, bench.judge(wrong.read_text("utf-8"))
    assert seen == expected


def test_a_prediction_leads_to_the_bench(open_bench):
    with open_bench("day0", kind=Prediction) as bench:
        assert bench.page.evaluate("location.hash") == "#run-here"
        assert bench.button("Start a worker").is_enabled()


def test_a_prompt_prints_the_output_on_the_page(open_bench):
    with open_bench("day0") as bench:
        bench.start_worker()
        bench.button("Open a prompt").click()
        # The first line starts Python.
        lines = bench.transcript.part("prompt").lines[1:]
        for line in lines:
            if is_typed(line):
                bench.type(line[4:])
        assert bench.text("Prompt").splitlines()[1:] == list(lines)
        bench.type("1 / 0")
        assert "ZeroDivisionError" in bench.text("Prompt")


def test_processes_share_files(open_bench):
    with open_bench("day0") as bench:
        bench.start_worker()
        for part in ("keep", "later"):
            bench.button("Open a prompt").click()
            bench.asks()
            lines = bench.transcript.part(part).lines[1:]
            for line in lines:
                if is_typed(line):
                    bench.type(line[4:])
            shown = bench.text("Prompt").splitlines()[1:]
            assert shown == [line for line in lines if line != ">>> exit()"]
            bench.press("Prompt", "Close")


def test_a_prompt_keeps_text_typed_while_a_line_runs(open_bench):
    with open_bench("day0") as bench:
        bench.button("Open a prompt").click()
        bench.asks()
        bench.type("from taskrunner import add")
        field = bench.terminal("Prompt").get_by_role("textbox", name="Python")
        field.fill("add.delay(1, 1).get()")  # The client waits until a worker starts.
        field.press("Enter")
        field.fill("result = 7")
        field.press("Enter")
        field.press_sequentially("res")
        bench.start_worker()
        bench.wait_for_text("Prompt", re.compile(r"\s2\s+>>> result = 7"))
        bench.asks()
        field.press("End")  # Playwright puts the caret at the beginning.
        field.press_sequentially("ult")
        field.press("Enter")
        bench.wait_for_text("Prompt", re.compile(r">>> result\s+7"))
        bench.asks()
        field.press("Control+d")
        bench.terminal("Prompt").wait_for(state="detached")


@pytest.mark.parametrize("late", [True, False], ids=["acks-late", "acks-early"])
def test_a_worker_is_killed_during_a_task(open_bench, late):
    with open_bench("day0") as bench:
        if late:
            code = bench.source("taskrunner.py").replace("@app.task", LATE)
            bench.write("taskrunner.py", code)
        bench.start_worker()
        bench.button("Run client.py").click()
        held = "celery: 1 waiting, 1 unacknowledged"
        if not late:
            held = held.replace("1 un", "0 un")
        bench.page.get_by_text(held).wait_for()
        bench.press("Worker 1", "Kill")
        timeline = bench.page.locator(".bench .timeline")
        if late:
            bench.wait("Worker 1", "Back in the queue: 1 unacknowledged message.")
            timeline.get_by_text("↻ back in the queue").wait_for()
            bench.press("Worker 1", "Start again")
            bench.wait("Client", "Done.")
            assert bench.text("Client").splitlines()[1:] == bench.recorded("run")
            timeline.get_by_text("✓ 8").wait_for()
        else:
            bench.wait("Worker 1", "that task is lost.")
            timeline.get_by_text("∅ lost: worker killed").wait_for()
            bench.press("Worker 1", "Start again")
            bench.wait("Client", "Ended with exit code 1.")
            assert "TimeoutError" in bench.text("Client")


def test_the_broker_shows_waiting_messages(open_bench):
    with open_bench("day0") as bench:
        bench.button("Run client.py").click()
        page = bench.page
        page.get_by_text("celery: 2 waiting, 0 unacknowledged").wait_for()
        page.get_by_text("No worker is running, so the client waits").wait_for()
        page.locator("summary", has_text="taskrunner.add").first.click()
        message = page.locator(".bench .queues details[open] pre").text_content()
        assert '"task": "taskrunner.add"' in message
        bench.press("Client", "Stop")
        bench.wait("Client", "Stopped.")
        bench.ready()


def test_a_new_file_must_have_a_valid_python_name(open_bench):
    with open_bench("day0") as bench:
        field = bench.page.get_by_role("textbox", name="Name of a new file")
        field.fill("helper")
        wrong = field.evaluate("field => field.validationMessage")
        assert wrong == "Write a name such as helper.py."
        field.fill("helper.py")
        field.press("Enter")
        bench.editor("helper.py").wait_for()


def test_the_tabs_of_many_files_are_one_row_on_a_phone(open_bench):
    with open_bench("day4") as bench:
        bench.page.set_viewport_size({"width": 390, "height": 844})
        tops = bench.page.get_by_role("tab").evaluate_all(
            "tabs => tabs.map((tab) => tab.getBoundingClientRect().top)"
        )
        assert len(tops) > 5
        assert len(set(tops)) == 1


def test_an_endless_loop_is_stopped(open_bench):
    with open_bench("day0") as bench:
        bench.write(
            "client.py", "print('turning', flush=True)\nwhile True:\n    pass\n"
        )
        bench.button("Run client.py").click()
        bench.wait("Client", re.compile("turning"))
        bench.press("Client", "Stop")
        bench.wait("Client", "Stopped.")


def test_a_loop_that_prints_is_stopped(open_bench):
    with open_bench("day0") as bench:
        bench.write("client.py", "while True:\n    print('hello')\n")
        bench.button("Run client.py").click()
        bench.wait_for_text("Client", re.compile(r"earlier lines dropped(\s+hello)+"))
        bench.press("Client", "Stop")
        bench.wait("Client", "Stopped.")
        assert bench.text("Client").count("hello") <= 2000


def test_a_terminal_keeps_the_last_of_many_lines(open_bench):
    with open_bench("day0") as bench:
        bench.write("client.py", "for i in range(3000):\n    print(i)\n")
        lines = bench.run_client()
        assert lines == [*map(str, range(3000 - len(lines), 3000))]
        assert 1900 < len(lines) <= 2000
        # The terminal shows a few printed lines even if the process is busy afterwards.
        bench.write("client.py", "print(1)\nprint(2)\nwhile True:\n    pass\n")
        bench.button("Run client.py").click()
        bench.wait_for_text("Client", re.compile(r"1\s+2"))
        bench.press("Client", "Stop")
        bench.wait("Client", "Stopped.")


def test_four_workers_share_a_group(open_bench):
    with open_bench("day4") as bench:
        for number in range(1, 5):
            bench.start_worker(number)
        assert bench.button("Start a worker").is_disabled()
        reason = bench.button("Start a worker").get_attribute("title")
        assert reason == "At most four workers can run."
        bench.write(
            "client.py",
            "import workflows\nprint(workflows.parallel().apply_async().get())\n",
        )
        assert bench.run_client() == ["[6, 2, 8, 2.0]"]
        logs = bench.page.get_by_role("log").filter(has_text="succeeded")
        logs.nth(1).wait_for()  # More than one worker ran tasks.


def test_a_link_contains_the_edited_files_until_reset(open_bench):
    with open_bench("day0") as bench:
        bench.write("client.py", "print('edited: ✓')\n")
        bench.write("more.py", "X = 1\n")
        bench.button("Copy a link").click()
        bench.page.get_by_text("The link with your files").wait_for()
        fragment = bench.page.evaluate("location.hash")
    with open_bench("day0", fragment) as bench:
        assert bench.run_client() == ["edited: ✓"]
        assert bench.page.get_by_role("tab").all_inner_texts() == [
            "client.py",
            "taskrunner.py",
            "more.py",
        ]
        bench.button("Reset").click()
        bench.ready()
        shown = bench.editor("client.py").inner_text()
        assert shown.split() == bench.source("client.py").split()
        assert bench.page.evaluate("location.hash") == ""
    with open_bench("day0", "#run=nonsense") as bench:
        shown = bench.editor("client.py").inner_text()
        assert shown.split() == bench.source("client.py").split()


def test_a_link_lists_its_files_and_survives_navigation(open_bench):
    with open_bench("day0") as bench:
        bench.write("taskrunner.py", "print('edited')\n")
        bench.button("Copy a link").click()
        bench.page.get_by_text("The link with your files").wait_for()
        fragment = bench.page.evaluate("location.hash")

    def choose_heading(page):
        words = page.get_by_text("This link contains changed files: taskrunner.py.")
        words.wait_for()
        page.evaluate("location.hash = 'try-it'")

    with open_bench("day0", fragment, choose_heading) as bench:
        tab = bench.page.get_by_role("tab", name="taskrunner.py", exact=True)
        assert tab.get_attribute("aria-selected") == "true"
        assert bench.editor("taskrunner.py").inner_text().strip() == "print('edited')"


def test_a_tab_keeps_edited_files_after_navigation(open_bench):
    with open_bench("day0") as bench:
        bench.write("taskrunner.py", "print('edited')\n")
        bench.page.reload()
        bench.open()
        assert bench.editor("taskrunner.py").inner_text().strip() == "print('edited')"
        bench.button("Reset").click()
        bench.ready()
        bench.page.reload()
        bench.open()
        bench.page.get_by_role("tab", name="taskrunner.py", exact=True).click()
        shown = bench.editor("taskrunner.py").inner_text()
        assert shown.split() == bench.source("taskrunner.py").split()


def test_the_timeline_is_cleared(open_bench):
    with open_bench("day0") as bench:
        bench.start_worker()
        bench.run_client()
        shown = bench.page.locator(".bench .timeline").get_by_text("✓ 8")
        shown.wait_for()
        bench.button("Clear the timeline").click()
        shown.wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bench_is_accessible_and_fits_a_phone(open_bench, scheme):
    with open_bench("day0") as bench:
        page = bench.page
        page.emulate_media(color_scheme=scheme)
        bench.start_worker()
        bench.run_client()
        bench.button("Open a prompt").click()
        bench.terminal("Prompt").get_by_role("textbox", name="Python").wait_for()
        found = Axe().run(page, context=".bench").response["violations"]
        assert [
            (each["id"], [n["html"] for n in each["nodes"]]) for each in found
        ] == []
        page.set_viewport_size({"width": 390, "height": 844})
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(wide) <= 0


def test_the_bench_works_with_the_keyboard(open_bench):
    focused = "e => e === document.activeElement"
    with open_bench("day0") as bench:
        assert bench.page.locator(".bench .status").evaluate(focused)
        tab = bench.page.get_by_role("tab", name="client.py", exact=True)
        tab.focus()
        bench.page.keyboard.press("ArrowRight")
        other = bench.page.get_by_role("tab", name="taskrunner.py", exact=True)
        assert other.get_attribute("aria-selected") == "true"
        bench.page.keyboard.press("Tab")  # the form
        bench.editor("taskrunner.py").focus()
        bench.page.keyboard.press("Tab")  # The focus leaves the editor.
        assert bench.button("Start a worker").evaluate(focused)
        bench.page.keyboard.press("Enter")
        bench.wait("Worker 1", "ready.")
        bench.page.keyboard.press("Tab")
        bench.page.keyboard.press("Enter")
        bench.wait("Client", "Done.")
        assert bench.button("Run client.py").evaluate(focused)


@pytest.mark.parametrize("day", ["day0", "day4"])
def test_firefox_prints_the_same_output(address, day):
    recording = read(FOLDER / f"{day}.console").part("run")
    recorded = [line for line in recording.lines if not is_typed(line)]
    with firefox() as browser:
        browser.go(f"{address}{day}/")
        browser.press("Run it here")
        browser.press("Start a worker")
        log, client = "[aria-label='Worker 1'] pre", "[aria-label=Client]"
        browser.wait(f'document.querySelector("{log}")?.textContent.includes("ready.")')
        browser.press("Run client.py")
        browser.wait(f'document.querySelector("{client} .note")?.textContent')
        assert browser.text(f"{client} pre").splitlines()[1:] == recorded
        assert browser.text(f"{client} .note") == "Done."
        assert browser.errors == []


def test_the_bench_reports_missing_service_workers(context, address):
    page = context.new_page()
    page.add_init_script(
        "Object.defineProperty(navigator, 'serviceWorker', {value: undefined})"
    )
    page.goto(f"{address}day0/")
    page.get_by_role("button", name="Run it here").click()
    page.get_by_text("Service Workers are not available on this page.").wait_for()
    page.close()
