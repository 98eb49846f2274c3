"""Draw the measurements. docs/assets/sprout.css defines the colours."""

from tools.load.measure import Watch

STROKES = ["leaf", "earth", "sky", "red", "arrow"]
LEFT, RIGHT = 56, 590


def picture(watches: dict[str, Watch]) -> str:
    """Return an SVG of the queue lengths and the memory of each program over time."""
    queues = {
        f"{name}, up to {max(length for _, length in watch.queue)}": watch.queue
        for name, watch in watches.items()
    }
    panels = [("Tasks that wait", queues, 150)]
    for name, watch in watches.items():
        named = {
            f"{program} {line[-1][1]:.0f}": line
            for program, line in watch.memory.items()
        }
        panels.append((f"Memory of {name}, MB", named, 60 + 24 * len(named)))
    seconds = max(line[-1][0] for line in queues.values())
    parts, top = [], 0
    for title, lines, height in panels:
        parts.append(panel(title, lines, seconds, top, height))
        top += height + 70
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {top}" role="img" '
        'class="drawn">\n<title>Under load: the number of waiting tasks, and the '
        "memory of each program, over time</title>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def panel(title: str, lines: dict, seconds: float, top: int, height: int) -> str:
    """Return the SVG of a chart with a title and a name at the end of each line."""
    most = max(value for line in lines.values() for _, value in line)
    step = nice(most / 3)
    most = step * (int(most / step) + 1)
    zero = top + 30 + height

    def x(second: float) -> float:
        return LEFT + second / seconds * (RIGHT - LEFT)

    def y(value: float) -> float:
        return zero - value / most * height

    parts = [f'<text x="8" y="{top + 18}" class="label">{title}</text>']
    for number in range(int(most / step) + 1):
        value = number * step
        parts.append(
            f'<path d="M{LEFT} {y(value):.1f}H{RIGHT}" stroke="currentColor" '
            f'stroke-opacity=".15"/><text x="{LEFT - 8}" y="{y(value) + 4:.1f}" '
            f'text-anchor="end">{value:g}</text>'
        )
    tick = nice(seconds / 6)
    for number in range(int(seconds / tick) + 1):
        second = number * tick
        unit = " s" if second else ""
        parts.append(
            f'<text x="{x(second):.1f}" y="{zero + 18}" text-anchor="middle">'
            f"{second:g}{unit}</text>"
        )
    place = zero + 99.0
    named = sorted(lines.items(), key=lambda item: item[1][-1][1])
    for number, (name, line) in enumerate(named):
        points = " ".join(f"{x(second):.1f},{y(value):.1f}" for second, value in line)
        place = min(y(line[-1][1]) + 4, place - 16)  # Prevent overlapping names.
        look = (
            f'class="{STROKES[number % len(STROKES)]}" '
            'style="fill: none; stroke-width: 2"/>'
        )
        parts.append(f'<polyline points="{points}" {look}')
        parts.append(f'<path d="M{RIGHT + 8} {place - 4:.1f}h14" {look}')
        parts.append(f'<text x="{RIGHT + 28}" y="{place:.1f}">{name}</text>')
    return "\n".join(parts)


def nice(number: float) -> float:
    """Round a number up to 1, 2 or 5 times a power of ten."""
    ten = 1.0
    while ten * 10 <= number:
        ten *= 10
    return next(ten * digit for digit in (1, 2, 5, 10) if ten * digit >= number)
