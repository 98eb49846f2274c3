"""The pages name only existing files, and show every recorded or listed part."""

import functools
import re
import subprocess

import pytest

from sprout.days import DAYS, ROOT
from sprout.process import environment
from tools.site.listings import pieces, sources
from tools.site.pages import DOCS, blocks, main, pages
from tools.site.transcripts.format import FOLDER, transcripts

SHOWN = [block for path in pages() for block in blocks(path)]
# Clients of the days write runs.json, which Git ignores. app.conf is an object of
# Celery.
NOT_THERE = {"runs.json", "app.conf"}


def test_every_block_is_produced_by_a_program(capsys):
    assert main() == 0, capsys.readouterr().out


def test_every_part_of_every_transcript_is_on_a_page():
    shown = {block.arguments for block in SHOWN}
    recorded = {
        (transcript.path.stem, part.name)
        for transcript in transcripts()
        for part in transcript.parts
        if "not shown" not in part.options
    }
    assert recorded - shown == set()


def test_pages_show_recordings_in_order():
    menu = re.findall(
        r" (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE
    )
    run = [block for block in SHOWN if block.kind in ("console", "edit", "timeline")]
    run.sort(key=lambda block: menu.index(block.page))
    for transcript in transcripts():
        name = transcript.path.stem
        reads = [block.arguments[1] for block in run if block.arguments[0] == name]
        runs = [part.name for part in transcript.parts if part.name in reads]
        # For a part that appears twice, only the first position counts.
        assert list(dict.fromkeys(reads)) == runs, name


def test_every_picture_is_on_a_page():
    shown = {block.arguments[0] for block in SHOWN if block.kind == "picture"}
    drawn = {path.stem.removesuffix("-tall") for path in (DOCS / "pictures").iterdir()}
    assert drawn == shown
    runs = {
        transcript.svg(part)
        for transcript in transcripts()
        for part in transcript.parts
        if part.terminal == "timeline"
    }
    assert runs == set(FOLDER.glob("*.svg"))


def test_drawings_link_to_existing_pages():
    for drawing in (DOCS / "pictures").iterdir():
        for page in re.findall(r'<a href="(.*?)/?"', drawing.read_text("utf-8")):
            assert (DOCS / f"{page}.md").exists(), f"{drawing.name}: {page}"


def test_every_changed_piece_of_a_day_is_on_its_page():
    unlisted = []
    for number, day in enumerate(DAYS):
        before = ROOT / DAYS[number - 1].name if number else None
        listed = {}
        for block in SHOWN:
            if block.kind == "listing":
                file, *names = block.arguments
                listed.setdefault(file, set()).update(names or [""])
        for file in sources(day.folder):
            old = before / file if before else None
            known = pieces(old) if old and old.exists() else {}
            names = listed.get(f"{day.name}/{file}", set())
            for name, code in pieces(day.folder / file).items():
                whole, owner = "" in names, name.partition(".")[0] in names
                if known.get(name) != code and not (whole or owner or name in names):
                    if "." not in name and any(n.startswith(f"{name}.") for n in names):
                        continue  # The page shows the class method by method.
                    unlisted.append(f"{day.name}/{file} {name}")
    assert unlisted == []


@functools.cache
def files():
    return subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip


@pytest.mark.command
@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_every_file_named_on_a_page_exists(path):
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", path.read_text(encoding="utf-8"))
    missing = []
    kinds = "py|md|ipynb|toml|ya?ml|svg|conf|json|txt"
    for name in re.findall(rf"`([\w./-]+\.(?:{kinds}))`", text):
        there = any(f"/{file}".endswith(f"/{name}") for file in files())
        if not there and name not in NOT_THERE:
            missing.append(name)
    assert missing == []


PROSE = ["docs", "README.md", "CONTRIBUTING.md", "drf_api/README.md"]
PROSE += [f"{day.name}/README.md" for day in DAYS]


@pytest.mark.command
@pytest.mark.parametrize(
    "check",
    [
        # The spelling of all text, including the output of programs.
        ["--skip", "*.svg,*.png,*/run/lib", *PROSE],
        # The style of the project's own text.
        ["--builtin", "clear,informal,usage",
         "--skip", "*.svg,*.png,*.console,*/generated,*/run/lib", *PROSE],
    ],
    ids=["spelling", "style"],
)  # fmt: skip
def test_spelling_is_correct(check):
    done = subprocess.run(
        ["codespell", *check],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("", 0)
