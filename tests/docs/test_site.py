"""The built site is complete without a network, in a real browser."""

import contextlib
import functools
import http.server
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import urljoin

import pytest

from sprout.days import ROOT
from sprout.process import environment
from tools.site.pages import DOCS, pages
from tools.site.screenshots import find_chromium

pytestmark = pytest.mark.browser

EDIT = "https://example.org/edit/main/docs/"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site strictly and without warnings, and return its folder."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        # Do not use --quiet, because it also hides the warnings that --strict counts.
        ["mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=environment({"NO_MKDOCS_2_WARNING": "1", "EDIT_URI": EDIT}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    printed = (done.stdout + done.stderr).splitlines()
    assert [line for line in printed if not line.startswith("INFO ")] == []
    return folder


@pytest.fixture(scope="module")
def address(site):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=site)
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser():
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("Chromium is missing. Run `apt-get install chromium`.")
    from playwright.sync_api import sync_playwright

    sandbox = [] if os.getuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        browser.close()


def url_of(path: Path) -> str:
    """Return the URL of a page relative to the site's root."""
    name = path.relative_to(DOCS).with_suffix("").as_posix()
    name = name.removesuffix("index")
    return f"{name}/" if name and not name.endswith("/") else name


def copy_sources(folder: Path) -> None:
    shutil.copytree(DOCS, folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)


def test_broken_links_stop_the_build(tmp_path):
    copy_sources(tmp_path)
    config = tmp_path / "mkdocs.yml"
    watched = re.sub(r"(?m)^watch:.*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(watched, encoding="utf-8")
    (tmp_path / "docs" / "lost.md").write_text(
        "# Lost\n\n[a](nowhere.md) [b](glossary.md#nothing)\n"
    )
    done = subprocess.run(
        ["mkdocs", "build", "--strict"],
        cwd=tmp_path,
        env=environment({"NO_MKDOCS_2_WARNING": "1"}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    for wrong in ("lost.md", "'nowhere.md'", "'#nothing'"):
        assert wrong in done.stderr
    assert "Aborted with 3 warnings" in done.stdout + done.stderr


def test_zensical_builds_the_site(tmp_path):
    copy_sources(tmp_path)  # Zensical writes its folders next to mkdocs.yml.
    done = subprocess.run(
        ["zensical", "build", "--strict"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for path in pages():
        html = (tmp_path / "site" / url_of(path) / "index.html").read_text("utf-8")
        assert "{{ " not in html
        assert "wzxhzdk" not in html  # placeholders that Markdown must replace


# The theme violates these rules, and the project cannot change the theme.
THEMES = ["aria-dialog-name", "landmark-unique", "scrollable-region-focusable"]
BRIEF = {"resultTypes": ["violations"]}  # Omit the thousands of passed rules.
RULES = BRIEF | {"rules": {rule: {"enabled": False} for rule in THEMES}}
# The contrast depends on the palette.
CONTRAST = BRIEF | {"runOnly": ["color-contrast"]}

FITS = "document.documentElement.scrollWidth <= innerWidth"
LOOK = """() => ({
  wide: document.documentElement.scrollWidth - innerWidth,
  broken: [...document.images].filter(i => !i.naturalWidth).length,
  nameless: [...document.images].filter(i => !i.hasAttribute('alt')).length,
  levels: [...document.querySelectorAll('article :is(h1,h2,h3,h4)')]
    .map(h => +h.tagName[1]),
  small: [...document.querySelectorAll('figure svg.drawn text')].filter(t =>
    t.getClientRects().length && t.getScreenCTM().a * 13 < 9).length,
  left: document.body.innerText.includes('{{ '),
})"""

# Mark code tokens that look like an earlier token. axe skips these tokens, because the
# contrast check takes milliseconds per token.
SAME = """known => {
  for (const token of document.querySelectorAll('.highlight :is(span, a)')) {
    const {color, fontWeight, opacity} = getComputedStyle(token);
    const look = [color, fontWeight, opacity];
    for (let e = token, ground = ''; e && !/^rgb\\(/.test(ground); e = e.parentElement)
      look.push(ground = getComputedStyle(e).backgroundColor);
    token.toggleAttribute('data-same', known.includes(look.join()));
    if (!known.includes(look.join())) known.push(look.join());
  }
  return known;
}"""
NEW = {"exclude": [["[data-same]"]]}

# Each page is tested twice: palette, width in pixels, and options of axe.
LOOKS = [("light", 1280, RULES), ("dark", 390, CONTRAST)]


def walk(browser, address):
    """Open all pages. Return the faults, such as failed requests and low contrast."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import TimeoutError

    trouble = []
    known: dict[str, list[str]] = {"light": [], "dark": []}
    tab = browser.new_page(color_scheme="light")

    def asked(request):
        if not request.url.startswith((address, "data:", "blob:")):
            trouble.append((tab.url, request.url))

    def log(message):
        if message.type in ("error", "warning"):
            trouble.append((tab.url, message.text))

    def answered(response):
        if response.status >= 400:
            trouble.append((tab.url, response.url))

    tab.on("request", asked)
    tab.on("console", log)
    tab.on("response", answered)
    tab.on("pageerror", lambda error: trouble.append((tab.url, str(error))))
    for path in pages():
        tab.goto(urljoin(address, url_of(path)), wait_until="load")
        for scheme, width, rules in LOOKS:
            tab.emulate_media(color_scheme=scheme)
            tab.set_viewport_size({"width": width, "height": 900})
            palette = {"light": "default", "dark": "slate"}[scheme]
            tab.wait_for_selector(f"body[data-md-color-scheme={palette}]")
            # Tables are too wide until the theme's script has put them into frames.
            with contextlib.suppress(TimeoutError):
                tab.wait_for_function(FITS, timeout=5000)
            found = tab.evaluate(LOOK)
            levels = found.pop("levels")
            pairs = zip([0, *levels], levels, strict=False)
            found["jumps"] = any(later - level > 1 for level, later in pairs)
            found["titles"] = levels.count(1) - 1
            place = f"{tab.url}, {scheme}, {width} pixels wide"
            trouble += [(place, f"{what}: {n}") for what, n in found.items() if n > 0]
            known[scheme] = tab.evaluate(SAME, known[scheme])
            found = Axe().run(tab, context=NEW, options=rules)
            for rule in found.response["violations"]:
                nodes = [node["html"][:200] for node in rule["nodes"]]
                trouble.append((place, rule["help"], nodes))
    tab.close()
    return trouble


@pytest.mark.timeout(1800)  # about eighty pages, twice
def test_every_page_is_complete_without_external_requests(address, browser):
    assert walk(browser, address) == []


def test_the_keyboard_focus_is_visible(address, browser):
    from playwright.sync_api import expect

    tab = browser.new_page()
    tab.goto(urljoin(address, "day4/"))
    tab.keyboard.press("Tab")
    focus = tab.locator(":focus")
    assert focus.inner_text() == "Skip to content"
    expect(focus).to_have_css("opacity", "1")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/day4/#day-4-workflows-with-chain-group-and-chord")
    unseen = []
    for _ in range(12):
        tab.keyboard.press("Tab")
        outline = "(({outlineStyle, outlineWidth}) => outlineStyle + outlineWidth)"
        seen = tab.evaluate(f"{outline}(getComputedStyle(document.activeElement))")
        if seen.startswith("none") or seen.endswith(("e0px", "d0px")):
            unseen.append(focus.evaluate("element => element.outerHTML")[:100])
    assert unseen == []
    tab.close()


def test_the_copy_button_copies_only_the_command(address, browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    tab = context.new_page()

    def copied(page, words):
        tab.goto(urljoin(address, page))
        block = tab.locator(".highlight", has_text=words).first
        block.hover()
        block.locator("button").first.click()
        return tab.evaluate("navigator.clipboard.readText()")

    # A recorded command, a Python prompt, and a command that no test runs.
    worker = "celery -A taskrunner worker -l info"
    assert copied("day0/", worker) == f"cd day0\n{worker}"
    assert copied("day0/", ">>>").splitlines()[:2] == [
        "python",
        "from taskrunner import add",
    ]
    assert copied("start/", "make tour") == "make tour"
    tab.goto(urljoin(address, "day0/"))
    log = tab.locator(".console.seen").first  # a console without input
    assert not log.locator("button").first.is_visible()
    context.close()


def test_every_page_links_to_its_source(site):
    html = (site / "day4" / "index.html").read_text(encoding="utf-8")
    assert f'href="{EDIT}day4.md"' in html


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("chord", "day4/"),
        ("email", "recipes/start_"),
        ("Flask", "recipes/start_flask"),
        ("cron", "api/schedule"),
        ("systemd", "#when-to-use-a-task-queue"),
        ("async", "troubleshooting/"),
    ],
)
def test_search_finds_a_page(address, browser, word, page):
    tab = browser.new_page()
    tab.goto(address)
    tab.keyboard.press("/")
    tab.keyboard.type(word, delay=20)
    hits = tab.locator(".md-search-result__item a")
    hits.first.wait_for(timeout=20_000)
    found = [link.get_attribute("href") for link in hits.all()]
    assert any(page in href for href in found), found
    tab.close()


def test_an_answer_stays_folded_until_a_choice(address, browser):
    context = browser.new_context()
    tab = context.new_page()
    page = urljoin(address, "day0/")

    def first():
        question = tab.locator(".question").first
        return question, question.locator("details"), question.locator("input")

    tab.goto(page)
    question, answer, choices = first()
    assert answer.get_attribute("open") is None
    right = int(question.get_attribute("data-right"))
    choices.nth(right).check()
    assert answer.get_attribute("open") == ""
    assert question.locator(".verdict").inner_text() == "Right."
    choices.nth(right - 1).check()
    assert question.locator(".verdict").inner_text() == "Not quite."
    tab.goto(page)  # The browser stores the choice.
    question, answer, choices = first()
    assert choices.nth(right - 1).is_checked()
    assert answer.get_attribute("open") == ""
    context.close()


def test_an_answer_unfolds_without_javascript(address, browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(urljoin(address, "day0/"))
    question = tab.locator(".question").first
    console = question.locator(".console")
    assert not console.is_visible()
    question.locator("summary").click()
    assert console.is_visible()
    context.close()


@pytest.mark.parametrize("name", ["Troubleshooting", "Glossary"])
def test_the_menu_shows_the_reference_pages(address, browser, name):
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(urljoin(address, "day0/"))
    entry = tab.locator(".md-sidebar--primary a", has_text=name).first
    assert entry.bounding_box()["y"] < 900
    tab.close()
