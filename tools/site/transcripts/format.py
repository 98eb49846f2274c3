"""Transcripts: what is typed in several terminals and what is seen, run for real.

A transcript is a text file in docs/transcripts, one a page. What stands above its
first part is a note. `broker: none`, `broker: rabbitmq` or `broker: its own` there says
what runs beside it, else it is Redis; and `results: django-db` where results go, else
to the broker. A part begins with its terminal and its name:

    === worker: start, until "ready."
    $ cd day0
    $ celery -A taskrunner worker -l info
    [2026-11-21 03:02:34,670: INFO/MainProcess] celery@laptop ready.

Lines with `$ ` are typed, `> ` continues one that ends in a backslash, `>>> ` and
`... ` go to the Python that the line above started, `^C` ends what runs in that
terminal; the rest is what was seen. What may follow the name, after commas:

    until "ready."   the last command is left running when it has printed this
    only "regex"     show only the lines in which this is found
    by task          put a worker's lines together, task by task
    in any order     compare the lines whatever their order: a retry may begin before
                     the try before it has written its last line
    last 3           show only the last lines
    not shown        no page shows this part

A part in which nothing is typed shows what its terminal has printed since its last
part. Two other kinds: `=== edit day4/workflows.py: swap` changes a file of the copy in
which all of this runs, its `-` lines to its `+` lines; `=== timeline: run, 14 tasks`,
right after the part that makes them run, draws what the worker did, into an SVG beside
the transcript. Parts come in the order in which one reads them on the pages.

stage.py runs them, __main__.py records them again.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT

FOLDER = ROOT / "docs" / "transcripts"

# What differs from run to run, and nothing else. Both sides are masked when compared.
MASKS = {
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "ID",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(,\d+|\.\d+\+00:00)?": "TIME",
    r"\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+": "TIME",
    r"\b\d{6} \d\d:\d\d:\d\d\b": "TIME",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)": "TIME",
    r"\b\d{8}-\d{6}-\d{6}\b": "TIME",
    r"\b(clock|local_received|runtime)=[\d.e-]+": r"\1=N",
    r"\bin \d+\.\d+(e-\d+)?s\b": "in SECONDS",
    r"\bRetry in \d+s\b": "Retry in SECONDS",
    r"\bafter \d+\.\d s\b": "after SECONDS",
    r"/python3\.\d+/": "/PYTHON/",
    r"ForkPoolWorker-\d+": "ForkPoolWorker",
    r"\b0x[0-9a-f]+": "ADDRESS",
    r"\bJob: \d+": "Job: N",
    r"\b(pid|PID)([ =:]+)\d+": "PID",
    r"^\d+:([A-Z]) ": r"PID:\1 ",
    r"concurrency: \d+": "concurrency: N",
    r" *[█▓▒·]+ *": " BAR ",
    r"\b\d+ (static files|post-processed)": r"N \1",
    r" +\d+\.\d( s$|  ✓)": r" N\1",
    r" v\d+\.\d+\.\d+ \(.*\)": " VERSION",
    r"(Linux|macOS)-\S+": "PLATFORM",
    r"^Python 3\.\d+\.\S+": "Python 3",
    # What a resolver says of an unknown host depends on the system and on its network.
    r"Error -[235] (connecting to \S+)\. [A-Z][a-z ]+": r"Error -N \1. UNKNOWN HOST",
}
# What only the recorder and root's account cause; no reader sees it.
HIDDEN = re.compile(r"Events of group {task} enabled by remote\.")


class TranscriptError(SproutError):
    """A transcript is not one, or a command in it does not come to its end."""


@dataclass(frozen=True)
class Part:
    """A part of a transcript: its terminal, its name, its options and its lines.

    `file` is what an edit changes, from the root of the repository.
    """

    terminal: str
    name: str
    lines: tuple[str, ...] = ()
    file: str = ""
    options: str = ""

    @property
    def header(self) -> str:
        """Its first line in the file."""
        terminal = f"{self.terminal} {self.file}".strip()
        return f"=== {terminal}: {self.name}{self.options}"

    def option(self, pattern: str) -> str:
        """Return what an option says, or "" if it is not given."""
        found = re.search(pattern, self.options)
        return found[1] if found else ""

    @property
    def commands(self) -> list[list[str]]:
        """What is typed, each command with the lines that belong to it."""
        commands: list[list[str]] = []
        for line in self.lines:
            if line.startswith("$ ") or line == "^C":
                commands.append([line])
            elif commands and is_typed(line):
                commands[-1].append(line)
        return commands

    @property
    def masked(self) -> list[str]:
        """Its lines as they are compared, without what differs from run to run.

        That is also the order of tasks that run side by side.
        """
        if "in any order" in self.options:
            return sorted(mask(self.lines))
        if "by task" not in self.options:
            return mask(self.lines)
        return [
            line for task in sorted(map(mask, by_task(self.lines))) for line in task
        ]

    @property
    def partial(self) -> bool:
        """Whether it shows only some of the lines that came."""
        return bool(re.search(r"\b(only|last) ", self.options))


def is_typed(line: str) -> bool:
    """Return whether somebody types this line, rather than sees it."""
    return line.startswith(("$ ", "> ", ">>> ", "... ")) or line in (">>>", "...", "^C")


@dataclass(frozen=True)
class Transcript:
    """A file of parts, in the order in which they are run."""

    path: Path
    note: str
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        """Return the part of that name; raise TranscriptError if there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        names = ", ".join(part.name for part in self.parts)
        raise TranscriptError(f"{self.path.name} has no part {name}; it has {names}.")

    def svg(self, part: Part) -> Path:
        """Return where a timeline's picture is."""
        return self.path.with_name(f"{self.path.stem}-{part.name}.svg")

    def folder(self, part: Part) -> str:
        """Return the folder in which a part's terminal is at its end: "day4"."""
        folder = "."
        for earlier in self.parts:
            if earlier.terminal == part.terminal:
                for line in earlier.lines:
                    if line.startswith("$ cd "):
                        folder = os.path.normpath(Path(folder, line[5:]))
            if earlier == part:
                break
        return folder

    def text(self) -> str:
        """Return the file's text."""
        blocks = ["\n".join([part.header, *part.lines]) for part in self.parts]
        return "\n\n".join([self.note, *blocks]) + "\n"


def read(path: Path) -> Transcript:
    """Read a transcript; raise TranscriptError if it is not one."""
    note, *blocks = re.split(
        r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    parts = []
    for block in blocks:
        header, _, body = block.partition("\n")
        form = re.fullmatch(r"([a-z]+)(?: (\S+))?: ([-\w]+)((?:, .*)?)", header)
        if form is None:
            raise TranscriptError(f"{path.name}: this is no header: === {header}")
        terminal, file, name, options = form.groups(default="")
        lines = tuple(body.strip("\n").split("\n")) if body.strip() else ()
        parts.append(Part(terminal, name, lines, file, options))
    names = [part.name for part in parts]
    if double := {name for name in names if names.count(name) > 1}:
        raise TranscriptError(f"{path.name}: two parts are called {', '.join(double)}")
    return Transcript(path, note.strip(), tuple(parts))


def transcripts() -> list[Transcript]:
    """Return all transcripts, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.console"))]


def mask(lines: Sequence[str]) -> list[str]:
    """Return the lines with what differs from run to run replaced by a word.

    >>> mask(["Task add[0b5f0c3c-5f34-4a3e-9d5e-1b1d3f1a2b3c] succeeded in 5.01s: 8"])
    ['Task add[ID] succeeded in SECONDS: 8']
    """
    masked = []
    for line in lines:
        for pattern, word in MASKS.items():
            line = re.sub(pattern, word, line)
        masked.append(line.rstrip())
    return masked


def by_task(lines: Sequence[str]) -> list[list[str]]:
    """Put log lines together that name the same task, in the order of their first.

    Processes that run side by side write in an order that differs from run to run;
    each task's own lines do not.
    """
    groups: dict[str, list[str]] = {}
    for line in lines:
        found = re.search(r"\[([0-9a-f]{8}-[0-9a-f-]{27})\]", line)
        groups.setdefault(found[1] if found else "", []).append(line)
    return list(groups.values())


def select(part: Part, seen: str) -> list[str]:
    """Return the lines that a part shows of all that was seen."""
    lines = [line.rstrip() for line in seen.splitlines() if not HIDDEN.search(line)]
    if only := part.option(r'only "(.*?)"'):
        lines = [line for line in lines if re.search(only, line)]
    if "by task" in part.options:
        lines = [line for group in by_task(lines) for line in group]
    while lines and not lines[-1]:
        lines.pop()
    if last := part.option(r"last (\d+)"):
        lines = lines[-int(last) :]
    while lines and not lines[0]:
        lines.pop(0)
    return lines
