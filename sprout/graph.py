"""Draw a canvas as a graph of its tasks, before or during execution.

Each task is a box. Lines lead from left to right, from each task to its successors.

>>> svg(chain(add.s(4, 2), group(mul.s(3), div.s(3)), total.s()))
'<svg ...
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from xml.sax.saxutils import escape

from sprout.timeline import COLOURS, SIGNS, STYLE, shorten

COLUMN, ROW = 40, 16  # space between columns and rows, in SVG units
HEIGHT = 56  # the height of a box, in SVG units
GLYPH = 7.9  # the width of a monospaced character at font size 13
WAITS = "#808080"  # the colour of states that are not in COLOURS, such as PENDING


@dataclass(frozen=True)
class Box:
    """A task: its name, its arguments, and its column and row."""

    name: str
    arguments: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """A part of a canvas: its boxes, its lines as pairs of box numbers, and its size.

    Boxes are numbered from 0 in the order of execution. `first` lists the boxes without
    a predecessor, and `last` the boxes without a successor.
    """

    boxes: list[Box]
    lines: list[tuple[int, int]]
    first: list[int]
    last: list[int]
    columns: int
    rows: int


def layout(canvas: Any, follows: bool = False) -> Drawing:
    """Lay out a signature, chain, group or chord from column 0 and row 0.

    Set `follows` if the canvas receives the result of a previous task.
    """
    steps = list(getattr(canvas, "tasks", []))
    body = getattr(canvas, "body", None)
    if not steps:
        return Drawing([box(canvas, follows)], [], [0], [0], 1, 1)
    if body is not None:  # a chord: a group, followed by its body
        return in_a_row([Group(steps), body], follows)
    if is_group(canvas):
        return side_by_side(steps, follows)
    return in_a_row(steps, follows)


@dataclass(frozen=True)
class Group:
    """The header of a chord: the tasks that run in parallel."""

    tasks: list[Any]


def is_group(canvas: Any) -> bool:
    """Return True if the tasks of a canvas run in parallel."""
    return isinstance(canvas, Group) or canvas.get("task") == "celery.group"


def in_a_row(steps: Sequence[Any], follows: bool) -> Drawing:
    """Place steps from left to right, and centre them vertically."""
    parts = [layout(step, follows or number > 0) for number, step in enumerate(steps)]
    rows = max(part.rows for part in parts)
    boxes: list[Box] = []
    lines: list[tuple[int, int]] = []
    first: list[int] = []
    last: list[int] = []
    columns = 0
    for part in parts:
        part = shifted(part, len(boxes), columns, (rows - part.rows) / 2)
        lines += part.lines + [(a, b) for a in last for b in part.first]
        first = first or part.first
        last = part.last
        boxes += part.boxes
        columns += part.columns
    return Drawing(boxes, lines, first, last, columns, rows)


def side_by_side(steps: Sequence[Any], follows: bool) -> Drawing:
    """Place steps below each other."""
    whole = Drawing([], [], [], [], 0, 0)
    for step in steps:
        part = shifted(layout(step, follows), len(whole.boxes), 0, whole.rows)
        whole = Drawing(
            whole.boxes + part.boxes,
            whole.lines + part.lines,
            whole.first + part.first,
            whole.last + part.last,
            max(whole.columns, part.columns),
            whole.rows + part.rows,
        )
    return whole


def shifted(part: Drawing, by: int, right: int, down: float) -> Drawing:
    """Return the part with its boxes shifted and renumbered."""
    return Drawing(
        [replace(box, x=box.x + right, y=box.y + down) for box in part.boxes],
        [(a + by, b + by) for a, b in part.lines],
        [number + by for number in part.first],
        [number + by for number in part.last],
        part.columns,
        part.rows,
    )


def box(signature: Any, follows: bool) -> Box:
    """Return the box of a task. The argument … stands for the previous result."""
    arguments = [repr(value) for value in signature.args]
    if follows and not signature.immutable:
        arguments.insert(0, "…")
    arguments += [f"{name}={value!r}" for name, value in signature.kwargs.items()]
    name = signature.task.rpartition(".")[2]
    return Box(name, shorten(f"({', '.join(arguments)})", 24), 0, 0)


def svg(
    canvas: Any, states: Sequence[str] = (), title: str = "What waits for what"
) -> str:
    """Draw a canvas as one SVG element, for light and dark pages.

    Arguments:
        canvas: a signature, chain, group or chord.
        states: the current states of the tasks, in the order of execution.
        title: the title for screen readers.
    """
    drawing = layout(canvas)
    width = max(
        max(len(box.name), len(box.arguments)) * GLYPH + 24 for box in drawing.boxes
    )
    width = max(width, 110)
    across = drawing.columns * (width + COLUMN) - COLUMN + 4
    down = drawing.rows * (HEIGHT + ROW) - ROW + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down}" '
        f'role="img" '
        f'font-family="ui-monospace, Menlo, Consolas, monospace" '
        f'font-size="13" fill="currentColor">',
        f"<title>{escape(title)}</title>",
        STYLE,
    ]

    def place(box: Box) -> tuple[float, float]:
        return 2 + box.x * (width + COLUMN), 2 + box.y * (HEIGHT + ROW)

    for before, after in drawing.lines:
        (x1, y1), (x2, y2) = (place(drawing.boxes[n]) for n in (before, after))
        begin, end, middle = x1 + width, x2 - 2, HEIGHT / 2
        bend = (begin + end) / 2
        parts.append(
            f'<path d="M{begin:.1f} {y1 + middle:.1f}C{bend:.1f} {y1 + middle:.1f} '
            f'{bend:.1f} {y2 + middle:.1f} {end:.1f} {y2 + middle:.1f}" fill="none" '
            f'stroke="currentColor" stroke-opacity=".6" stroke-width="1.5"/>'
            f'<path d="M{end - 7:.1f} {y2 + middle - 4:.1f}l7 4l-7 4z" '
            f'fill-opacity=".7"/>'
        )
    for number, one in enumerate(drawing.boxes):
        state = states[number] if number < len(states) else ""
        parts += draw(one, state, *place(one), width)
    parts.append("</svg>")
    return "\n".join(parts)


def draw(box: Box, state: str, x: float, y: float, width: float) -> Iterator[str]:
    """Yield the SVG of one box: name, arguments and, if known, the state."""
    colour = COLOURS.get(state, WAITS)
    dashes = "5 4" if state in ("PENDING", "SKIPPED") else "none"
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{HEIGHT}" rx="6" '
        f'fill="{colour}" fill-opacity="{0.12 if state else 0}" stroke="{colour}" '
        f'stroke-width="2" stroke-dasharray="{dashes}"/>'
    )
    lines = [box.name, box.arguments]
    if state:
        lines.append(f"{SIGNS.get(state, '')} {state.lower()}".strip())
    top = y + (16 if state else 25)
    for number, words in enumerate(lines):
        size, opacity = (13, 1) if number == 0 else (11, 0.8)
        yield (
            f'<text x="{x + width / 2:.1f}" y="{top + 16 * number:.1f}" '
            f'text-anchor="middle" font-size="{size}" opacity="{opacity}">'
            f"{escape(words)}</text>"
        )
