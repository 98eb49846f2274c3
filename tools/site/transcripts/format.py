"""Transcripts: recorded commands and output of several terminals.

A transcript is a text file in docs/transcripts. The text above the first part is a
note, which can select the servers:

    broker: none, rabbitmq, or its own   the broker of the run; by default Redis
    results: django-db                   the result backend; by default Redis

A part begins with its terminal and its name:

    === worker: start, until "ready."
    $ cd day0
    $ celery -A taskrunner worker -l info
    [2026-11-21 03:02:34,670: INFO/MainProcess] celery@laptop ready.

These lines are input, and all other lines are output:

    $         a command
    >         more of a command, after a line that ends in a backslash
    >>> ...   input for the Python that the previous command started
    ^C        Ctrl-C, which stops the terminal's running command

Options follow the name, after commas:

    until "ready."   leave the last command running when it has printed this text; in a
                     part without a command, wait for this text
    only "regex"     show only matching lines
    by task          group a worker's lines by task
    in any order     compare the lines without their order: a retry can start before
                     the previous try has logged its end
    last 3           show only the last lines
    not shown        no page shows this part

A part without input shows the terminal's output since its previous part. There are two
other kinds of parts:

    === edit day4/workflows.py: swap     replace the `-` lines of a file in the copy of
                                         the repository with the `+` lines
    === timeline: run, 14 tasks          draw the tasks of the previous part into an SVG

stage.py runs the parts in the order of the file, and __main__.py records their output.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sprout import SproutError
from sprout.days import ROOT

FOLDER = ROOT / "docs" / "transcripts"

# These texts differ between runs. The comparison masks both sides.
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
    # The resolver's error for an unknown host depends on the system and the network.
    r"Error -[235] (connecting to \S+)\. [A-Z][a-z ]+": r"Error -N \1. UNKNOWN HOST",
}
# The recorder causes this line in the worker's log. Readers do not see the line.
HIDDEN = re.compile(r"Events of group {task} enabled by remote\.")


class TranscriptError(SproutError):
    """The format of a transcript is invalid, or one of its parts cannot run."""


@dataclass(frozen=True)
class Part:
    """A part of a transcript: its terminal, its name, its options and its lines.

    `file` is the path of the edited file, relative to the root of the repository.
    """

    terminal: str
    name: str
    lines: tuple[str, ...] = ()
    file: str = ""
    options: str = ""

    @property
    def header(self) -> str:
        """The first line of the part in the file."""
        terminal = f"{self.terminal} {self.file}".strip()
        return f"=== {terminal}: {self.name}{self.options}"

    def option(self, pattern: str) -> str:
        """Return the value of an option, or "" if the option is missing."""
        found = re.search(pattern, self.options)
        return found[1] if found else ""

    @property
    def commands(self) -> list[list[str]]:
        """The commands, each with its continuation lines and its Python input."""
        commands: list[list[str]] = []
        for line in self.lines:
            if line.startswith("$ ") or line == "^C":
                commands.append([line])
            elif commands and is_typed(line):
                commands[-1].append(line)
        return commands

    @property
    def masked(self) -> list[str]:
        """The masked lines for the comparison, sorted if their order can differ."""
        if "in any order" in self.options:
            return sorted(mask(self.lines))
        if "by task" not in self.options:
            return mask(self.lines)
        return [
            line for task in sorted(map(mask, by_task(self.lines))) for line in task
        ]

    @property
    def partial(self) -> bool:
        """True if the part shows only some of the output."""
        return bool(re.search(r"\b(only|last) ", self.options))


def is_typed(line: str) -> bool:
    """Return True if this line is input, or False if it is output."""
    return line.startswith(("$ ", "> ", ">>> ", "... ")) or line in (">>>", "...", "^C")


@dataclass(frozen=True)
class Transcript:
    """A file of parts, in the order of execution."""

    path: Path
    note: str
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part:
        """Return the part with this name. Raise TranscriptError if missing."""
        for part in self.parts:
            if part.name == name:
                return part
        names = ", ".join(part.name for part in self.parts)
        raise TranscriptError(f"{self.path.name} has no part {name}; it has {names}.")

    def svg(self, part: Part) -> Path:
        """Return the path of the picture of a timeline."""
        return self.path.with_name(f"{self.path.stem}-{part.name}.svg")

    def folder(self, part: Part) -> str:
        """Return the working directory of the terminal after a part, such as "day4"."""
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
        """Return the text of the file."""
        blocks = ["\n".join([part.header, *part.lines]) for part in self.parts]
        return "\n\n".join([self.note, *blocks]) + "\n"


def read(path: Path) -> Transcript:
    """Read a transcript. Raise TranscriptError if the format is invalid."""
    note, *blocks = re.split(
        r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    parts = []
    for block in blocks:
        header, _, body = block.partition("\n")
        form = re.fullmatch(r"([a-z]+)(?: (\S+))?: ([-\w]+)((?:, .*)?)", header)
        if form is None:
            raise TranscriptError(
                f"{path.name}: this header is malformed: === {header}"
            )
        terminal, file, name, options = form.groups(default="")
        lines = tuple(body.strip("\n").split("\n")) if body.strip() else ()
        parts.append(Part(terminal, name, lines, file, options))
    names = [part.name for part in parts]
    if double := {name for name in names if names.count(name) > 1}:
        raise TranscriptError(
            f"{path.name}: two parts have the name {', '.join(double)}"
        )
    return Transcript(path, note.strip(), tuple(parts))


def transcripts() -> list[Transcript]:
    """Return all transcripts, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.console"))]


def mask(lines: Sequence[str]) -> list[str]:
    """Return the lines, with a word in place of each text that differs between runs.

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
    """Group log lines by task, in the order of each task's first line.

    The order of lines from parallel processes differs between runs. The order of a
    task's lines is always the same.
    """
    groups: dict[str, list[str]] = {}
    for line in lines:
        found = re.search(r"\[([0-9a-f]{8}-[0-9a-f-]{27})\]", line)
        groups.setdefault(found[1] if found else "", []).append(line)
    return list(groups.values())


def select(part: Part, seen: str) -> list[str]:
    """Return the output lines that a part shows."""
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
