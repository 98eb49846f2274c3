"""The correct choice of each question on a page matches the recorded output."""

import re

import pytest
from markdown import Markdown

from sprout import SproutError
from tools.site.pages import DOCS, blocks, pages
from tools.site.questions import QuestionError, parse
from tools.site.transcripts.format import Part

PART = Part("client", "run", ("$ python client.py", "result: 8", "sent", "sent"))


def test_the_right_choice_comes_from_the_recording():
    asked = parse("predict", ["What?", "- 9", "= result: (.*)", "- 10"], PART)
    assert (asked.text, asked.choices, asked.right) == (
        "What?",
        ("`9`", "`8`", "`10`"),
        1,
    )
    counted = parse("predict", ["How often?", "=# ^sent", "- 1"], PART)
    assert counted.choices[counted.right] == "`2`"
    why = parse("why", ["Why?", "- Because", "+ Therefore", ": It is so."], PART)
    assert (why.choices[why.right], why.explanation) == ("Therefore", "It is so.")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["What?", "- 8", "= result: (.*)"],
            "has the same choice twice",
        ),
        (["What?", "- 9", "= total: (.*)"], "run has no line that matches"),
        (["What?", "- 9", "- 10"], "needs at least two choices"),
        (["What?", "= sent", "= result"], "needs at least two choices"),
    ],
)
def test_a_question_without_a_recorded_answer_is_an_error(lines, message):
    with pytest.raises(QuestionError, match=re.escape(message)):
        parse("predict", lines, PART)


def test_a_question_works_without_javascript():
    html = Markdown(extensions=["md_in_html", "tools.site.pages"]).convert
    question = "What does `add(4, 4)` give?\n- 16\n= ^add.4, 4. = (.*)"
    page = html(f"{{{{ predict day0 run\n{question}\n}}}}")
    assert 'data-right="1"' in page
    assert page.count('type="radio"') == 2
    assert "<code>add(4, 4)</code>" in page
    assert page.index("<details>") < page.index("add(10, y=5) = 15")
    with pytest.raises(SproutError, match="no part nothing"):
        html("{{ predict day0 nothing\nWhat?\n- 1\n= 2\n}}")


def test_every_day_has_predictions_and_ends_with_why_questions():
    asked = {
        path.stem: [block for block in blocks(path) if block.kind in ("predict", "why")]
        for path in pages()
        if path.parent == DOCS and re.fullmatch(r"day\d", path.stem)
    }
    assert len(asked) == 8
    for day, found in asked.items():
        kinds = [block.kind for block in found]
        assert kinds.count("predict") >= 1, day
        assert kinds[-3:] == ["why", "why", "why"], day
        number = int(day[-1])
        if number >= 2:  # one question is about the lesson two days before
            days = [block.arguments[0] for block in found if block.kind == "why"]
            assert f"day{number - 2}" in days, day
