"""The graph of a canvas: the dependencies of the tasks."""

import xml.etree.ElementTree as ET

import pytest
from celery import Celery, chain, chord, group

from sprout.graph import layout, svg

app = Celery("graphs", set_as_current=False)


@app.task(name="package.add")
def add(x, y):
    return x + y


@app.task(name="package.total")
def total(numbers):
    return sum(numbers)


A, B, C, D = (add.si(n, n) for n in range(4))


def places(canvas):
    """Return the column and the row of each box, and the lines."""
    drawing = layout(canvas)
    return [(box.x, box.y) for box in drawing.boxes], set(drawing.lines)


@pytest.mark.parametrize(
    ("canvas", "boxes", "lines"),
    [
        (A, [(0, 0)], set()),
        (chain(A, B, C), [(0, 0), (1, 0), (2, 0)], {(0, 1), (1, 2)}),
        (group(A, B), [(0, 0), (0, 1)], set()),
        (
            chain(A, group(B, C), D),
            [(0, 0.5), (1, 0), (1, 1), (2, 0.5)],
            {(0, 1), (0, 2), (1, 3), (2, 3)},
        ),
        (chord([A, B], C), [(0, 0), (0, 1), (1, 0.5)], {(0, 2), (1, 2)}),
        (
            group(chain(A, B), C),
            [(0, 0), (1, 0), (0, 1)],
            {(0, 1)},
        ),
    ],
    ids=["task", "chain", "group", "diamond", "chord", "chain in a group"],
)
def test_steps_go_right_and_parallel_tasks_go_down(canvas, boxes, lines):
    assert places(canvas) == (boxes, lines)


def test_a_previous_result_is_an_ellipsis():
    workflow = chain(add.s(4, 2), group(add.s(3), add.si(1, y=2)), total.s())
    words = [(box.name, box.arguments) for box in layout(workflow).boxes]
    assert words == [
        ("add", "(4, 2)"),
        ("add", "(…, 3)"),
        ("add", "(1, y=2)"),
        ("total", "(…)"),
    ]


def test_the_svg_is_valid_and_shows_states_in_words_and_colours():
    workflow = chain(add.s("<&>", 1), add.s(2), add.s(3))
    drawn = ET.fromstring(svg(workflow, ["SUCCESS", "FAILURE", "SKIPPED"]))  # noqa: S314
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "('<&>', 1)" in words
    assert [w for w in words if w in ("✓ success", "✗ failure", "skipped")] == [
        "✓ success",
        "✗ failure",
        "skipped",
    ]
    boxes = list(drawn.iter("{http://www.w3.org/2000/svg}rect"))
    assert len({box.get("stroke") for box in boxes}) == 3


def test_an_unsent_task_shows_no_state():
    assert "pending" not in svg(A)
    assert "pending" in svg(A, ["PENDING"])
