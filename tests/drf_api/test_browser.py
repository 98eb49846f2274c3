"""Typical user actions on every page, in a real browser."""

import os
import re
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.support.application import site
from tools.processes import main_process
from tools.site.screenshots import find_chromium
from tools.waiting import until

CHROMIUM = find_chromium()
ADMIN = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_PASSWORD": "a-Long-pass-1",
}
WAIT = 60_000  # milliseconds for a page to show the expected content

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM,
        reason="Chromium is missing. Run `apt-get install chromium` or "
        "`brew install chromium`.",
    ),
]


@pytest.fixture(scope="module")
def served(redis, tmp_path_factory):
    """Serve the application with a worker that sends events, and with the camera."""
    folder = tmp_path_factory.mktemp("browser")
    camera = ["events", "--camera", "monitor.camera.Camera", "-F", "0.5"]
    with (
        site(redis.url(13), folder, STEP_SECONDS="0.3", **ADMIN) as served,
        served.celery(*camera),
    ):
        worker = served.worker("-c", "2", "-E", "-Q", "celery").begin()
        served.tasks = worker
        try:
            served.manage("first_admin")  # while the worker starts
            worker.wait_until_ready()
            yield served
        finally:
            worker.stop()


@pytest.fixture(scope="module")
def chromium():
    """Start the browser, without its sandbox if the user is root."""
    expect.set_options(timeout=WAIT)
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, served):
    """Return a function that opens a page in a new browser context.

    Fail after the test if a page logged errors or warnings, or requested another host.
    """
    contexts, complaints = [], []

    def complain(message):
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} {message.location['url']}")

    def watch(request):
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            complaints.append(request.url)

    def new(**options):
        context = chromium.new_context(base_url=served.address, **options)
        context.set_default_timeout(WAIT)
        context.on("console", complain)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("request", watch)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(visit):
    return visit()


def start(page, testcase="ESG-TC01"):
    """Click a testcase's button on the home page."""
    page.goto("/")
    page.get_by_role("form", name=testcase).get_by_role("button").click()
    page.wait_for_url("**/runs/*/")


def make_users(page):
    page.get_by_label("How many").fill("50")
    page.get_by_role("button", name="Create users").click()
    page.wait_for_url("**/people/?batch=*")


def test_a_workflow_is_started_and_watched(page):
    page.goto("/")
    form = page.get_by_role("form", name="ESG-TC02")
    form.get_by_label("mul").fill("2.5")
    form.get_by_role("button", name="Start").click()
    page.wait_for_url("**/runs/*/")
    page.evaluate("window.mark = 'never loaded again'")
    expect(page.get_by_role("status")).to_have_text("Succeeded")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    assert page.locator("ol.strip b").all_inner_texts() == ["= 2.0", "= 5.0"]
    expect(page.get_by_role("img", name="When each step ran")).to_be_visible()
    assert page.evaluate("window.mark") == "never loaded again"

    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("an earlier run")).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("row").nth(2)).to_contain_text("Succeeded")
    page.get_by_role("link", name="Failed").click()
    expect(page.get_by_text("No runs")).to_be_visible()


def test_the_error_of_a_run_can_be_opened(page):
    page.goto("/")
    form = page.get_by_role("form", name="ESG-TC02")
    form.get_by_label("div, number 2").fill("0")
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("division by zero")
    page.get_by_text("Traceback of div").click()
    expect(page.get_by_text("Traceback (most recent call last)")).to_be_visible()


@contextmanager
def frozen_worker(served):
    """Suspend the worker during the block, so that runs do not finish."""
    worker = main_process(served.tasks)
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def test_a_run_is_cancelled(page, served):
    with frozen_worker(served):
        start(page)
        with page.expect_response("**/cancel/") as answer:
            page.get_by_role("button", name="Cancel").click()
        assert answer.value.status == 302
        expect(page.get_by_role("status")).to_have_text("Cancelling")
    expect(page.get_by_role("status")).to_have_text("Cancelled")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_a_progress_bar_shows_how_many_users_exist(page):
    page.goto("/people/")
    page.get_by_role("link", name="Create users").click()
    make_users(page)
    bar = page.get_by_role("progressbar", name=re.compile("of 50 users"))
    expect(bar).to_have_attribute("value", "50")
    expect(page.get_by_text("users, newest first")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of ")).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile("@example.com"))).to_have_count(25)


def test_a_job_is_sent_and_seen_to_run(page, served):
    # The job must be longer than all page loads, which take seconds on a busy machine.
    # At the end, the worker is killed during the job.
    env = {"STEP_SECONDS": "60", "TASK_TIME_LIMIT": "400", "VISIBILITY_TIMEOUT": "500"}
    slow = served.worker("-n", "celery@slow", "-c", "1", "-Q", "slow", **env)
    slow.grace = 0
    with slow:
        page.goto("/jobs/")
        page.get_by_label("Job name").fill("letters")
        page.get_by_label("Routing key").fill("slow.mail")
        page.get_by_role("button", name="Send the job").click()
        expect(page.get_by_role("status")).to_contain_text("queue slow")
        expect(page.get_by_role("cell", name="['letters']").first).to_be_visible()
        page.goto("/")
        running = page.get_by_role("region", name="Running now")
        expect(running.get_by_text("letters")).to_be_visible()


def test_workers_and_the_snapshots_of_the_camera(page):
    start(page, "ESG-TC02")
    expect(page.get_by_role("status")).to_have_text("Succeeded")
    page.get_by_role("link", name="Workers").click()
    reload = page.get_by_role("link", name="Reload")
    for name in ("celery@.* Online", "tasks.mul Succeeded"):
        row = page.get_by_role("row", name=re.compile(name))
        until(lambda row=row: row.count() or reload.click(), WAIT / 1000)


def test_the_api_is_described(page):
    page.goto("/")
    page.get_by_role("link", name="API").click()
    expect(page.get_by_role("heading", name="Sprout")).to_be_visible()
    page.locator("#operations-runs-start_run").get_by_role("button").first.click()
    expect(page.get_by_text("Idempotency-Key")).to_be_visible()


def test_login_admin_and_logout(page):
    page.goto("/")
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill(ADMIN["DJANGO_SUPERUSER_USERNAME"])
    page.get_by_label("Password").fill(ADMIN["DJANGO_SUPERUSER_PASSWORD"])
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Admin").click()
    for name in ("Runs", "Batches", "Periodic tasks", "Task snapshots"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", name=re.compile("^Select "))).to_be_visible()
        if name != "Batches":  # an empty list has no table
            shadow = re.compile("gradient")  # marks hidden columns
            expect(page.locator(".results")).to_have_css("background-image", shadow)
        page.get_by_role("link", name="Home").click()
    page.goto("/")
    page.get_by_role("button", name="Log out ada").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_the_keyboard_alone_starts_a_run(page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    first = page.get_by_role("form", name="ESG-TC01")
    page.keyboard.press("Tab")
    expect(first.get_by_label("div, number 1")).to_be_focused()
    for _ in range(5):
        page.keyboard.press("Tab")
    button = first.get_by_role("button", name="Start")
    expect(button).to_be_focused()
    expect(button).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")


def test_without_javascript(visit, served):
    page = visit(java_script_enabled=False)
    with frozen_worker(served):
        start(page)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("status")).to_have_text("Cancelling")
    # The page reloads until the run is finished.
    expect(page.get_by_role("status")).to_have_text("Cancelled")
    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
    page.goto("/people/new/")
    make_users(page)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50")
    page.goto("/jobs/")
    page.get_by_role("link", name="Show the running tasks").click()
    expect(page.get_by_role("heading", name="Active jobs")).to_be_visible()


# Preloading would request imported style sheets at wrong URLs, and the fixture `visit`
# forbids errors.
AXE = {"runOnly": ["wcag2a", "wcag2aa"], "preload": False}
PAGES = ["/", "/runs/", "/jobs/", "/people/", "/workers/", "/login/", "/people/new/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_and_can_be_read(visit, served, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = visit(**options, bypass_csp=True)  # the CSP would block axe
    start(page, "ESG-TC02")
    expect(page.get_by_role("status")).to_have_text("Succeeded")
    for address in (
        urlsplit(page.url).path,
        *PAGES,
        "/api/runs/",
        "/api/",
    ):
        page.goto(address)
        if address == "/api/":
            page.locator(".opblock").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        for table in page.locator(".scroll").all():
            wider = table.evaluate("box => box.scrollWidth - box.clientWidth")
            assert wider <= 0, address
        runs, api = (
            page.get_by_role("navigation", name="Main").get_by_role("link", name=name)
            for name in ("Runs", "API")
        )
        assert runs.bounding_box()["y"] == api.bounding_box()["y"], address
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        red = int(re.search(r"\d+", background)[0])
        assert (red < 60) == (scheme == "dark"), address
        if address != "/api/":  # Swagger UI is third-party code
            found = Axe().run(page, options=AXE)
            wrong = [
                (each["id"], each["help"]) for each in found.response["violations"]
            ]
            assert wrong == [], address


def test_a_long_word_does_not_widen_the_page(visit, served):
    page = visit(viewport={"width": 390, "height": 900})
    start(page)
    expect(page.get_by_role("status")).to_have_text("Succeeded")
    run = urlsplit(page.url).path.split("/")[2]
    served.python(
        "from workflows.models import Run",
        f"Run.objects.filter(pk='{run}').update(publish_error='x' * 400)",
    )
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("xxx")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


# Swagger UI briefly shows the word LOADING in this element.
LOADING = """() => {
  const box = document.createElement("div");
  box.className = "loading-container";
  document.querySelector(".swagger-ui").append(box);
  return getComputedStyle(box).visibility;
}"""


def test_the_api_page_does_not_flash_the_word_loading(page):
    page.goto("/api/")
    page.locator(".opblock").first.wait_for()
    assert page.evaluate(LOADING) == "hidden"


def test_pages_stop_polling_when_all_runs_are_finished(page):
    jobs = page.context.new_page()
    jobs.goto("/jobs/")
    start(page, "ESG-TC02")
    expect(page.get_by_role("status")).to_have_text("Succeeded")
    pages = [page, jobs]
    for address in ("/", "/runs/", "/workers/", "/people/new/"):
        pages.append(page.context.new_page())
        pages[-1].goto(address)
    make_users(pages[-1])
    for each in pages:
        expect(each.locator("[hx-trigger^=every]")).to_have_count(0)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3500)  # longer than any polling interval
    assert asked == []
