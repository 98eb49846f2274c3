"""What the pages show and name is there, and what is there is shown."""

import re
import subprocess

import pytest
from markdown import Markdown

from sprout import SproutError
from sprout.days import DAYS, ROOT
from sprout.listings import ListingError, changes, listing, pieces, sources
from sprout.pages import DOCS, blocks, main, pages
from sprout.process import environment
from sprout.transcripts import FOLDER, transcripts

SHOWN = [block for path in pages() for block in blocks(path)]
MADE = {"runs.json"}  # by running the days: .gitignore has it


def test_nothing_is_shown_that_no_program_made(capsys):
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


def test_every_piece_that_a_day_adds_or_changes_is_listed_on_its_page():
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
                    if "." in name or any(n.startswith(f"{name}.") for n in names):
                        continue  # a class, shown method by method
                    unlisted.append(f"{day.name}/{file} {name}")
    assert unlisted == []


def unwritten(name):
    """Say whether it is a notebook, while there are none at all."""
    return name.startswith("notebooks/") and not (ROOT / "notebooks").exists()


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_every_file_that_a_page_names_is_there(path):
    text = re.sub(r"(?ms)^ *```.*?^ *```", "", path.read_text(encoding="utf-8"))
    tree = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    missing = []
    for name in re.findall(r"`([\w./-]+\.(?:py|md|ipynb|toml|yml|svg))`", text):
        there = any(f"/{file}".endswith(f"/{name}") for file in tree)
        if not there and name not in MADE and not unwritten(name):
            missing.append(name)
    assert missing == []


def test_a_listing_is_taken_by_name():
    assert listing("day0/taskrunner.py", ["add"]).splitlines() == [
        "@app.task",
        "def add(x, y):",
        "    time.sleep(5)",
        "    return x + y",
    ]
    assert listing("day7/taskrunner/base.py", ["LoggedTask.__call__"]).startswith(
        "    def __call__(self, *args"
    )
    assert list(pieces(ROOT / "day0/client.py")) == [
        "imports",
        "first",
        "second",
        "script",
    ]
    for file, names in (("day0/none.py", []), ("day0/client.py", ["third"])):
        with pytest.raises(ListingError, match=names[0] if names else "none.py"):
            listing(file, names)


def test_the_pieces_of_a_file_are_the_whole_file():
    for day in DAYS:
        for file in sources(day.folder):
            source = (day.folder / file).read_text()
            found = {k: v for k, v in pieces(day.folder / file).items() if "." not in k}
            assert sorted("".join(found.values()).split()) == sorted(source.split())


def test_a_days_changes_are_named_file_by_file():
    diff = dict(changes("day1", "day2"))
    assert "taskrunner/tasks.py" in diff
    assert (
        '+    include=["taskrunner.task1", "taskrunner.task2"],'
        in diff["taskrunner/celery.py"].splitlines()
    )


def test_a_page_gets_what_it_asks_for_or_fails():
    html = Markdown(extensions=["fenced_code", "sprout.pages"]).convert
    assert "def add(x, y)" in html("{{ listing day0/taskrunner.py add }}")
    assert "{{ listing" in html("```\n{{ listing day0/taskrunner.py add }}\n```")
    for wrong in (
        "listing day0/taskrunner.py nothing",
        "console day0 nothing",
        "console day99 run",
        "timeline day0 prompt",
        "diff day0 day0",
        "nothing at-all",
    ):
        with pytest.raises(SproutError):
            html(f"{{{{ {wrong} }}}}")


def test_a_block_that_is_typed_into_a_page_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("sprout.pages.DOCS", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ ls\n```\n\n<!-- not run: no mac here -->\n```console\n$ brew\n"
        "```\n\n{{ console day0 run }}\n"
    )
    kinds = [(block.kind, block.arguments) for block in blocks(page)]
    assert kinds == [
        ("typed", ("",)),
        ("excepted", ("no mac here",)),
        ("console", ("day0", "run")),
    ]
    assert main() == 1


def test_the_words_are_spelt_right():
    done = subprocess.run(
        ["codespell", "--skip", "*.svg", str(DOCS.relative_to(ROOT)), "README.md"],
        cwd=ROOT, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("", 0)
