"""The Markdown extension, and its count of page elements."""

import pytest
from markdown import Markdown

from sprout import SproutError
from tools.site.pages import blocks, count, main


def test_a_directive_is_replaced_or_raises_an_error():
    html = Markdown(extensions=["fenced_code", "tools.site.pages"]).convert
    assert "def add(x: float" in html("{{ listing day0/taskrunner.py add }}")
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


def test_a_typed_block_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.site.pages.DOCS", tmp_path)
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


def test_measurements_are_counted_separately(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.site.pages.DOCS", tmp_path)
    (tmp_path / "page.md").write_text(
        "{{ generated bench }}\n{{ generated load }}\n{{ picture load }}\n"
        "{{ screenshot run A run }}\n{{ generated settings }}\n{{ generated clone }}\n"
        "{{ picture whole }}\n"
    )
    total = count()
    assert total.pop("measured") == 4
    assert sum(total.values()) == 3
