"""Draw spans as a timeline: text for a terminal, or SVG for a page.

Each row is a task, and time runs from left to right.

>>> print(text(spans).plain)
  add(4, 4)  ████████████████████████████████████████████████████████████████  ✓ 8
             0                                                          5.0 s
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from rich.text import Text

from sprout.spans import UNKNOWN, Span

WAITING = "WAITING"

# People with any kind of colour blindness can distinguish these colours on white and on
# black: M. Okabe and K. Ito, "Color Universal Design" (2008). Only bars and symbols use
# the colours. A task that has ended also has a symbol.
COLOURS = {
    "SUCCESS": "#009e73",
    "FAILURE": "#d55e00",
    "RETRY": "#e69f00",
    "STARTED": "#0072b2",
    "REVOKED": "#cc79a7",
    "REJECTED": "#cc79a7",
    "LOST": "#d55e00",
    "REDELIVERED": "#e69f00",
    "RECEIVED": "#808080",
    WAITING: "#808080",
}
SIGNS = {
    "SUCCESS": "✓",
    "FAILURE": "✗",
    "RETRY": "↻",
    "REVOKED": "⊘",
    "REJECTED": "⊘",
    "LOST": "∅",
    "REDELIVERED": "↻",
}
# The distances between two ticks of the time axis, in seconds.
STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30),
    *(60, 120, 300, 600, 1800, 3600, 21_600, 1e9),
)
LABEL = 50  # the width of the longest tick label plus a gap, in SVG units
LEGEND = "█ success   ▓ failure   ▒ failed, will be retried   · waiting"
BLOCKS = {WAITING: "·", "RETRY": "▒", "FAILURE": "▓", "STARTED": "░"}
# `svg:root` matches the SVG only if the SVG is a separate file.
STYLE = (
    "<style>svg:root{color:#1f2328}@media(prefers-color-scheme:dark)"
    "{svg:root{color:#e6edf3}}</style>"
)


@dataclass(frozen=True)
class Bar:
    """A part of a task's life: times in seconds since the first event, and a state."""

    begin: float
    end: float
    state: str


def bars(span: Span, origin: float) -> list[Bar]:
    """Return the bars of one span in order: for each try, waiting and then running.

    `origin` is the time of second 0, in seconds since the epoch.
    """
    found: list[Bar] = []
    now = span.begin
    for attempt in span.tries:
        started = attempt.started or attempt.ended or attempt.received
        ended = attempt.ended or started
        found.append(Bar(now - origin, started - origin, WAITING))
        if attempt.state != "RECEIVED":
            found.append(Bar(started - origin, ended - origin, attempt.state))
        now = ended
    return [bar for bar in found if bar.state != WAITING or bar.end > bar.begin]


def extent(spans: Sequence[Span]) -> tuple[float, float]:
    """Return the start of the spans (seconds since the epoch) and their duration."""
    origin = min(span.begin for span in spans)
    return origin, max(max(span.end for span in spans) - origin, 0.001)


def call(span: Span, limit: int = 30) -> str:
    """Return the call as source code, cut to `limit` characters."""
    if span.name == UNKNOWN:  # The events contain neither name nor arguments.
        return span.name
    return shorten(f"{span.label}({span.arguments})", limit)


def outcome(span: Span, limit: int = 24) -> str:
    """Return the state's symbol with the result or error, cut to `limit` characters."""
    result = span.result
    if span.state == "FAILURE":
        result = result.partition("(")[0]  # Show only the class of the error.
    return shorten(f"{SIGNS.get(span.state, '?')} {result}", limit)


def shorten(words: str, limit: int) -> str:
    """Return `words`, shortened with … if longer than `limit` characters."""
    return words if len(words) <= limit else words[: limit - 1] + "…"


def text(spans: Sequence[Span], width: int = 80) -> Text:
    """Draw the spans for a terminal that is `width` characters wide, at least 60."""
    drawing = Text(no_wrap=True)
    if not spans:
        return drawing
    origin, seconds = extent(spans)
    width = max(width, 60)
    calls = [call(span, min(width * 3 // 8, 30)) for span in spans]
    outcomes = [outcome(span, min(width * 3 // 10, 24)) for span in spans]
    left = max(len(words) for words in calls)
    right = max(len(words) for words in outcomes)
    room = width - left - right - 6
    for span, name, result in zip(spans, calls, outcomes, strict=True):
        drawing.append(f"  {name:<{left}}  ")
        column = 0
        for bar in bars(span, origin):
            begin = max(round(bar.begin / seconds * room), column)
            end = round(bar.end / seconds * room)
            if bar.state != WAITING:  # Show even the shortest task.
                begin = min(begin, room - 1)
                end = max(end, begin + 1)
            drawing.append(" " * (begin - column))
            drawing.append(
                BLOCKS.get(bar.state, "█") * (end - begin), COLOURS[bar.state]
            )
            column = max(column, end)
        drawing.append(" " * (room - column) + "  ")
        drawing.append(result[:1], COLOURS[span.state])
        drawing.append(f"{result[1:]:<{right - 1}}\n")
    milliseconds = round(seconds * 1000)
    scale = f"{milliseconds} ms" if milliseconds < 1000 else f"{seconds:.1f} s"
    drawing.append(f"  {'':<{left}}  0{scale:>{room - 1}}\n", "dim")
    return drawing


def svg(spans: Sequence[Span], title: str = "What the worker did") -> str:
    """Draw the spans as one SVG element, 760 units wide, for light and dark pages.

    `title` is the title for screen readers.
    """
    row, font = 26, 13
    glyph = font * 0.61  # the width of a character in a typical monospaced font
    origin, seconds = extent(spans) if spans else (0.0, 1.0)
    calls = [call(span) for span in spans]
    outcomes = [outcome(span) for span in spans]
    left = max((len(words) for words in calls), default=0) * glyph + 20
    right = max((len(words) for words in outcomes), default=0) * glyph + 20
    room = 760 - left - right
    height = row * len(spans) + 62

    def x(second: float) -> float:
        return left + second / seconds * room

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" '
        f'role="img" font-family="ui-monospace, Menlo, Consolas, monospace" '
        f'font-size="{font}" fill="currentColor">',
        f"<title>{escape(title)}</title>",
        STYLE,
    ]
    factor, unit = (1000, "ms") if seconds < 1 else (1, "s")
    for second in ticks(seconds, min(8, int(room / LABEL))):
        parts.append(
            f'<path d="M{x(second):.1f} 6V{row * len(spans) + 10}" '
            f'stroke="currentColor" stroke-opacity=".15"/>'
            f'<text x="{x(second):.1f}" y="{row * len(spans) + 26}" '
            f'text-anchor="middle" font-size="11" opacity=".75">'
            f"{second * factor:g} {unit}</text>"
        )
    for number, span in enumerate(spans):
        y = 8 + number * row
        parts.append(f'<text x="8" y="{y + 15}">{escape(calls[number])}</text>')
        for bar in bars(span, origin):
            parts.append(draw(bar, x(bar.begin), x(bar.end), y))
        parts.append(
            f'<text x="{760 - right + 12:.1f}" y="{y + 15}">'
            f"{escape(outcomes[number])}</text>"
        )
    parts.append(legend(spans, height - 12))
    parts.append("</svg>")
    return "\n".join(parts)


def draw(bar: Bar, begin: float, end: float, y: float) -> str:
    """Return one bar: a thin line for waiting, a block for running."""
    tip = f"<title>{bar.state.lower()}, {bar.end - bar.begin:.2f} s</title>"
    colour = COLOURS[bar.state]
    if bar.state == WAITING:
        return (
            f'<path d="M{begin:.1f} {y + 11}H{end:.1f}" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="2 3">{tip}</path>'
        )
    return (
        f'<rect x="{begin:.1f}" y="{y + 2}" width="{max(end - begin, 2):.1f}" '
        f'height="18" rx="3" fill="{colour}">{tip}</rect>'
    )


def legend(spans: Sequence[Span], y: float) -> str:
    """Return a legend of the states in these spans."""
    shown = {bar.state for span in spans for bar in bars(span, span.begin)}
    parts, x = [], 8.0
    for state, colour in COLOURS.items():
        if state not in shown:
            continue
        word = state.lower()
        sample = (
            f'<path d="M{x:.1f} {y - 4}h18" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="2 3"/>'
            if state == WAITING
            else f'<rect x="{x:.1f}" y="{y - 9}" width="18" height="10" rx="2" '
            f'fill="{colour}"/>'
        )
        parts.append(
            f'{sample}<text x="{x + 23:.1f}" y="{y}" font-size="11">{word}</text>'
        )
        x += 23 + len(word) * 6.8 + 18
    return "".join(parts)


def ticks(seconds: float, most: int = 8) -> list[float]:
    """Return the ticks of the time axis: at most `most` round numbers, from 0."""
    step = next(step for step in STEPS if seconds / step < most)
    return [number * step for number in range(int(seconds / step) + 1)]
