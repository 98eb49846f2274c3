"""The timeline, as text and as SVG."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from sprout.spans import UNKNOWN, Span, Try
from sprout.timeline import svg, text, ticks

NOON = 1_800_000_000.0
SVG = "{http://www.w3.org/2000/svg}"


def span(name, *tries, result="", arguments="4, 2"):
    """Return a span. The times of its tries are seconds after the first event."""
    times = [
        Try(*(None if second is None else NOON + second for second in seconds), state)
        for *seconds, state in tries
    ]
    return Span(name, f"taskrunner.{name}", arguments, result, times)


CHAIN = [
    span("div", (0, 0, 1, "SUCCESS"), result="2.0"),
    span("mul", (1, 1, 2, "SUCCESS"), result="6.0"),
    span("add", (2, 2, 3, "SUCCESS"), result="12.0"),
]
GROUP = [
    span("add", (0, 0, 1, "SUCCESS"), result="6"),
    span("sub", (0, 0, 1, "SUCCESS"), result="2"),
    span("mul", (0, 1, 2, "SUCCESS"), result="8"),
    span("div", (0, 1, 2, "FAILURE"), result="ZeroDivisionError('by zero')"),
]
RETRIED = [
    span(
        "unsteady",
        (0, 0, 1, "RETRY"),
        (0.9, 2, 3, "RETRY"),
        (2.9, 5, 6, "SUCCESS"),
        result="6",
    ),
]
MOMENTS = [
    span("add", (0, 0, 10, "SUCCESS"), result="6"),
    span("fast", (5, 5, 5, "SUCCESS"), result="1"),
    span("last", (10, 10, 10, "SUCCESS"), result="1"),
]
UNDER_WAY = [
    span("add", (0, 0, 1, "SUCCESS"), result="6"),
    span("sub", (0, 0.5, None, "STARTED")),
    span("mul", (0.5, None, None, "RECEIVED")),
]
ALONE = [Span("1", UNKNOWN, "", "NotRegistered('x')", [Try(1, None, 1, "FAILURE")])]
LONG = [span("name" * 12, (0, 0, 1, "SUCCESS"), result="x" * 60)]

DRAWINGS = {
    "the tasks of a chain form steps": (
        CHAIN,
        """\
  div(4, 2)  █████████████                            ✓ 2.0
  mul(4, 2)               █████████████               ✓ 6.0
  add(4, 2)                            █████████████  ✓ 12.0
             0                                 3.0 s
""",
    ),
    "the tasks of a group overlap or wait for a free process": (
        GROUP,
        """\
  add(4, 2)  ██████████████               ✓ 6
  sub(4, 2)  ██████████████               ✓ 2
  mul(4, 2)  ··············█████████████  ✓ 8
  div(4, 2)  ··············▓▓▓▓▓▓▓▓▓▓▓▓▓  ✗ ZeroDivisionErr…
             0                     2.0 s
""",
    ),
    "a retry waits and runs again": (
        RETRIED,
        """\
  unsteady(4, 2)  ▒▒▒▒▒▒······▒▒▒▒▒▒·············██████  ✓ 6
                  0                               6.0 s
""",
    ),
    "the shortest task is visible": (
        MOMENTS,
        """\
  add(4, 2)   █████████████████████████████████████████  ✓ 6
  fast(4, 2)                      █                      ✓ 1
  last(4, 2)                                          █  ✓ 1
              0                                  10.0 s
""",
    ),
    "a running task has no outcome, and a waiting task has no bar": (
        UNDER_WAY,
        """\
  add(4, 2)  ██████████████████████████████████████████  ✓ 6
  sub(4, 2)  ·····················░                      ?
  mul(4, 2)                                              ?
             0                                    1.0 s
""",
    ),
    "an unknown task": (
        ALONE,
        """\
  (unknown task)  ▓                          ✗ NotRegistered
                  0                    1 ms
""",
    ),
    "long words are cut": (
        LONG,
        """\
  namenamenamenamenamen…  ██████████████  ✓ xxxxxxxxxxxxxxx…
                          0        1.0 s
""",
    ),
    "no spans": ([], ""),
}
EVERY = pytest.mark.parametrize(
    "spans", [spans for spans, _ in DRAWINGS.values()], ids=list(DRAWINGS)
)


@pytest.mark.parametrize(("spans", "drawing"), DRAWINGS.values(), ids=list(DRAWINGS))
def test_the_text_for_sixty_columns(spans, drawing):
    assert [line.rstrip() for line in text(spans, 60).plain.splitlines()] == (
        drawing.splitlines()
    )


@EVERY
@pytest.mark.parametrize("width", [60, 61, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(spans, width):
    assert all(len(line) <= width for line in text(spans, width).plain.splitlines())


@EVERY
def test_the_minimum_width_is_sixty(spans):
    assert text(spans, 20).plain == text(spans, 60).plain


def test_at_eighty_columns_long_names_and_results_are_cut():
    row, _ = text(LONG, 80).plain.splitlines()
    assert row.split() == ["name" * 7 + "n…", "█" * 20, "✓", "x" * 21 + "…"]


def test_states_differ_in_colour_and_symbol():
    colours = {}
    for drawn in (GROUP, RETRIED):
        picture = text(drawn)
        for part in picture.spans:
            colours.setdefault(part.style, set()).update(
                picture.plain[part.start : part.end].strip()[:1]
            )
    colours.pop("dim")
    signs = [sign for seen in colours.values() for sign in seen]
    assert set(signs) == set("█✓▓✗▒·")
    assert len(signs) == len(set(signs))  # Each symbol has one colour.
    assert len(colours) == 4  # success, failure, retry, waiting


def parse(spans):
    return ElementTree.fromstring(svg(spans))  # noqa: S314


def words(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def bars_of(root):
    """Return the bars (rectangles with a tooltip) as (x, y, width, colour)."""
    return [
        (*(float(rect.get(key)) for key in ("x", "y", "width")), rect.get("fill"))
        for rect in root.iter(f"{SVG}rect")
        if rect.find(f"{SVG}title") is not None
    ]


@EVERY
def test_the_svg_has_a_row_for_every_span(spans):
    root = parse(spans)
    assert root.find(f"{SVG}title").text == "What the worker did"
    rows = {y for _, y, _, _ in bars_of(root)}
    assert len(rows) == len([s for s in spans if s.state != "RECEIVED"])
    assert len([word for word in words(root) if word[0] in "✓✗?"]) == len(spans)
    left, top, width, height = map(float, root.get("viewBox").split())
    assert (left, top, width) == (0, 0, 760)
    assert all(x >= 0 and x + w <= 760 and y <= height for x, y, w, _ in bars_of(root))


def test_the_svg_bars_of_a_chain_are_in_proportion():
    first, second, third = bars_of(parse(CHAIN))
    assert first[2] == pytest.approx(second[2], abs=0.2)
    assert second[0] == pytest.approx(first[0] + first[2], abs=0.2)
    assert third[0] == pytest.approx(second[0] + second[2], abs=0.2)
    assert first[1] < second[1] < third[1]


def test_the_svg_of_a_group_overlaps_and_shows_waiting():
    root = parse(GROUP)
    add, sub, mul, div = bars_of(root)
    assert add[0] == sub[0]
    assert mul[0] == div[0] == pytest.approx(add[0] + add[2], abs=0.2)
    assert add[3] == sub[3] == mul[3] != div[3]
    tips = [path.findtext(f"{SVG}title") for path in root.iter(f"{SVG}path")]
    assert tips.count("waiting, 1.00 s") == 2


def test_the_svg_of_a_retry_has_a_bar_for_every_try():
    bars = bars_of(parse(RETRIED))
    assert len({y for _, y, _, _ in bars}) == 1
    origin, second = bars[0][0], bars[0][2]
    assert [(x - origin) / second for x, *_ in bars] == pytest.approx(
        [0, 2, 5], abs=0.1
    )
    assert bars[0][3] == bars[1][3] != bars[2][3]


def test_the_shortest_task_is_visible_in_the_svg():
    assert all(width >= 2 for _, _, width, _ in bars_of(parse(MOMENTS)))


def test_the_svg_escapes_task_values():
    arguments, result = "'<b> & \"'", "'</svg>&'"
    nasty = span("add", (0, 0, 1, "SUCCESS"), arguments=arguments, result=result)
    root = parse([nasty])
    assert f"add({arguments})" in words(root)
    assert f"✓ {result}" in words(root)
    assert "<&>" in ElementTree.fromstring(svg([], "<&>")).findtext(f"{SVG}title")  # noqa: S314


def test_the_svg_text_uses_the_page_colour():
    root = parse(GROUP)
    assert root.get("fill") == "currentColor"
    assert all(element.get("fill") is None for element in root.iter(f"{SVG}text"))
    style = root.findtext(f"{SVG}style")
    # The style sets the colours if the SVG is a separate file, outside a page.
    assert "prefers-color-scheme:dark" in style
    assert all(rule.startswith("svg:root") for rule in style.split("{")[0].split(","))


def test_the_legend_lists_the_visible_states():
    assert words(parse(GROUP))[-3:] == ["success", "failure", "waiting"]
    assert words(parse(CHAIN))[-1] == "success"


@pytest.mark.parametrize("most", [5, 8])
@pytest.mark.parametrize(
    "seconds", [0.001, 0.05, 0.085, 0.7, 0.95, 1, 4, 7.99, 8, 59, 600, 5000, 90_000]
)
def test_the_axis_has_few_round_marks_within_the_time(seconds, most):
    marks = ticks(seconds, most)
    assert marks[0] == 0
    assert seconds / 2 < marks[-1] <= seconds
    assert 2 <= len(marks) <= most


@pytest.mark.parametrize(
    ("seconds", "last"),
    [(0.0045, "4 ms"), (0.75, "700 ms"), (1, "1 s"), (1.5, "1.4 s")],
)
def test_the_marks_of_a_short_axis_are_in_milliseconds(seconds, last):
    root = parse([span("add", (0, 0, seconds, "SUCCESS"), result="6")])
    marks = [word for word in words(root) if word.endswith(" s") or "ms" in word]
    assert marks[-1] == last
    assert all(mark.endswith(last[-2:]) for mark in marks)


@pytest.mark.parametrize("seconds", [0.07, 0.78, 7.5, 79, 4799])
def test_the_marks_of_a_narrow_axis_do_not_touch_and_are_not_cut(seconds):
    long = span("name" * 12, (0, 0, seconds, "SUCCESS"), result="x" * 60)
    marks = [
        (float(mark.get("x")), len(mark.text) * 11 * 0.61)
        for mark in parse([long]).iter(f"{SVG}text")
        if mark.get("text-anchor") == "middle"
    ]
    assert len(marks) > 1
    for (x, width), (after, its_width) in pairwise(marks):
        assert x + width / 2 < after - its_width / 2
    assert marks[-1][0] + marks[-1][1] / 2 < 760
