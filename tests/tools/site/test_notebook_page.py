"""The notebook pages of the site: text, code and outputs."""

import html
import re

import pytest
from markdown import Markdown

from tests.support.notebooks import EVERY, read
from tools.site.notebook_page import NotebookPageError, show_notebook, show_output
from tools.site.pages import DOCS


def page(name):
    """Return the page of a notebook as HTML."""
    extensions = ["tools.site.pages", "pymdownx.superfences", "md_in_html"]
    source = (DOCS / "notebooks" / f"{name}.md").read_text(encoding="utf-8")
    return Markdown(extensions=extensions).convert(source)


@EVERY
def test_a_page_shows_every_cell_and_output(name):
    shown = page(name)
    text = html.unescape(re.sub(r"<[^>]+>", "", shown))
    pictures = 0
    for cell in read(name).cells:
        if cell.cell_type == "code":
            assert cell.source in text
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                assert output.text.strip() in text
            pictures += "image/svg+xml" in output.get("data", {})
    assert shown.count("<svg") == shown.count("</svg>") == pictures > 0
    assert shown.count("<h1") == 1


@EVERY
def test_pictures_do_not_change_the_page_style(name):
    shown = page(name)
    assert "<style" not in shown
    assert "../" not in shown


def test_unsupported_output_is_an_error():
    with pytest.raises(NotebookPageError, match=r"no day9\.ipynb"):
        show_notebook("day9")
    with pytest.raises(NotebookPageError, match="video/mp4"):
        show_output({"data": {"video/mp4": ""}})
