"""The site's pages: what they show is put in from what was run.

A Markdown extension, for mkdocs and for Zensical. A line of its own in a page,

    {{ listing day4/workflows.py serial diamond }}   a file's pieces, or all of it
    {{ console day4 client }}                        a part of a transcript
    {{ edit day4 swap }}                             a change that a transcript makes
    {{ timeline day4 spans }}                        the picture of that run {{ diff
    day3 day4 }}                             what a day changes, file by file {{ picture
    whole }}                              docs/pictures/whole.svg, inline {{ generated
    settings }}                              docs/generated/settings.txt {{ screenshot
    assets/screens/run The run }}      that page, light or dark {{ notebook day4 }}
    a notebook, with its outputs {{ run day4 }}                                   a
    button that runs the day's files

becomes the block that it names. A question, `{{ predict day0 run`, has several lines:
see questions.py. `python -m tools.site.pages` counts what the pages
show, and fails if anything is shown that no program made.
"""

import html
import itertools
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from sprout import SproutError
from sprout.days import ROOT
from tools.site.generated import LIVE, MEASURED
from tools.site.listings import changes, listing
from tools.site.notebook_page import show_notebook
from tools.site.questions import BEGIN, END, markup, parse
from tools.site.run_here.place import show_run
from tools.site.transcripts.format import FOLDER, Part, Transcript, is_typed, read

DOCS = ROOT / "docs"
UPSTREAM = DOCS / "upstream"  # mkdocs.yml excludes it too
DIRECTIVE = re.compile(r"^( *)\{\{ (\w+) ([^{}]+?) \}\}$")
FENCE = re.compile(r"^ *(```+|~~~+)(?: *\{?\.?([\w-]*))?")
EXCEPTION = re.compile(r"^ *<!-- not run: (.+) -->$")


class PageError(SproutError):
    """A page names something that does not exist."""


def show_listing(file: str, *names: str) -> str:
    """Return a listing, with its file's name above it."""
    code = listing(file, names)
    language = {
        "py": "python",
        "toml": "toml",
        "conf": "ini",
        "html": "html+django",
        "yaml": "yaml",
    }
    kind = language.get(file.rpartition(".")[2], "text")
    # There the reader makes these files, in a folder of their own.
    title = re.sub(r"^recipes/start_\w+/", "", file)
    return f'```{kind} title="{title}"\n{code}\n```'


def show_diff(old: str, new: str) -> str:
    """Return what one folder changes of another, a block a file."""
    blocks = [
        f'```diff title="{new}/{file}"\n{diff}\n```' for file, diff in changes(old, new)
    ]
    if not blocks:
        raise PageError(f"{old} and {new} do not differ.")
    return "\n\n".join(blocks)


def show_console(name: str, part_name: str) -> str:
    """Return a part of a transcript; its copy button copies what is typed, bare."""
    transcript, part = find(name, part_name)
    return f"{TERMINAL}{console(transcript, part)}"


def show_edit(name: str, part_name: str) -> str:
    """Return a change that a transcript makes to a file."""
    _, part = find(name, part_name)
    if part.terminal != "edit":
        raise PageError(f"{part_name} of {name} is no edit.")
    return f'```diff title="{part.file}"\n' + "\n".join(part.lines) + "\n```"


def show_timeline(name: str, part_name: str) -> str:
    """Return the picture of a run."""
    transcript, part = find(name, part_name)
    return f"{TERMINAL}{figure(transcript.svg(part), 'timeline')}"


def show_picture(name: str) -> str:
    """Return one of the drawings in docs/pictures, with its tall form if one exists.

    On a phone, the style sheet shows the tall form instead.
    """
    drawing, tall = (DOCS / "pictures" / f"{name}{end}.svg" for end in ("", "-tall"))
    if not tall.exists():
        return f"{TERMINAL}{figure(drawing, 'picture')}"
    both = figure(drawing, "picture wide") + figure(tall, "picture tall")
    return f"{TERMINAL}{both}"


def show_generated(name: str) -> str:
    """Return generated text, such as a program's help; see generated.py."""
    if name in LIVE:
        return LIVE[name]()
    path = DOCS / "generated" / f"{name}.txt"
    if not path.exists():
        raise PageError(f"No {path.name}: python -m tools.site.generated {name}")
    return path.read_text(encoding="utf-8").rstrip()


def show_screenshot(path: str, *words: str) -> str:
    """Return a page's picture for either palette, by its path from this page.

    It is a link to itself, so that one can see it as large as it is.
    """
    if not words:
        raise PageError(f"{path} needs a text for those who do not see it.")
    pictures = []
    for scheme in ("light", "dark"):
        file = f"{path}-{scheme}.png"
        pictures.append(
            f"[![{' '.join(words)}]({file})]({file}){{ .screen .{scheme} }}"
        )
    return "\n".join(pictures)


def show_place(name: str) -> str:
    """Return the button that runs a day's files in the reader's browser."""
    return f"{TERMINAL}{show_run(name)}"


SHOW: dict[str, Callable[..., str]] = {
    "listing": show_listing,
    "console": show_console,
    "edit": show_edit,
    "timeline": show_timeline,
    "diff": show_diff,
    "picture": show_picture,
    "generated": show_generated,
    "screenshot": show_screenshot,
    "notebook": show_notebook,
    "run": show_place,
}
TERMINAL = "\0"  # begins what is HTML already


def find(name: str, part_name: str) -> tuple[Transcript, Part]:
    """Return a transcript and a part of it; raise PageError if it is not there."""
    path = FOLDER / f"{name}.console"
    if not path.exists():
        raise PageError(f"There is no transcript {name}.")
    transcript = read(path)
    return transcript, transcript.part(part_name)


def console(transcript: Transcript, part: Part) -> str:
    """Return a part as HTML: prompts, what is typed and what is seen told apart."""
    lines, typed = [], []
    for line in part.lines:
        if line == "^C":
            lines.append('<span class="gp">^C</span>')
        elif is_typed(line):
            width = 2 if line[0] in "$>" and line[1:2] == " " else 4
            prompt, words = html.escape(line[:width]), html.escape(line[width:])
            lines.append(f'<span class="gp">{prompt}</span>{words}')
            typed.append(line[width:])
        else:
            lines.append(f'<span class="go">{html.escape(line)}</span>')
    where = transcript.folder(part)
    title = f"{part.terminal}, in {where}" if where != "." else part.terminal
    if part.partial:
        title += " · some of its lines"
    copy = html.escape("\n".join(typed), quote=True).replace("\n", "&#10;")
    kind = "console" + " seen" * (not typed) + " some" * part.partial
    return (
        f'<div class="highlight {kind}" data-copy="{copy}">'
        f'<span class="filename">{title}</span>'
        "<pre><code>"
        + "".join(f'<span class="line">{line}\n</span>' for line in lines)
        + "</code></pre></div>"
    )


def figure(path: Path, kind: str) -> str:
    """Return a drawing as a figure, inline, so that it takes the page's colours."""
    if not path.exists():
        raise PageError(f"There is no picture {path.name}.")
    drawing = path.read_text(encoding="utf-8").strip()
    drawing = re.sub(r"<style>.*?</style>\n?", "", drawing, flags=re.DOTALL)
    return f'<figure class="{kind}" tabindex="0">{drawing}</figure>'


def until_end(lines: Iterator[str]) -> list[str]:
    """Return a question's lines, up to the one that ends it."""
    found = list(itertools.takewhile(lambda line: line != END, lines))
    return [line for line in found if line]


class Directives(Preprocessor):
    """Replaces the directives, before anything else reads the page."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the page's lines with what the directives name."""
        done, fence = [], ""
        rest = iter(lines)
        for number, line in enumerate(rest):
            found = FENCE.match(line)
            if found and (not fence or found[1] == fence):
                fence = "" if fence else found[1]
            if not fence and (question := BEGIN.match(line)):
                kind, name, part = question.groups()
                done += self.ask(kind, name, part, f"q{number}", until_end(rest))
                continue
            directive = None if fence else DIRECTIVE.match(line)
            if directive is None:
                done.append(line)
                continue
            indent, name, arguments = directive.groups()
            if name not in SHOW:
                raise PageError(f"There is no {{{{ {name} }}}}.")
            text = SHOW[name](*arguments.split())
            if text.startswith(TERMINAL):
                text = self.md.htmlStash.store(text.removeprefix(TERMINAL))
            done += ["", *(indent + each for each in text.split("\n")), ""]
        return done

    def ask(
        self, kind: str, name: str, part: str, key: str, lines: list[str]
    ) -> list[str]:
        """Return the lines of a question, its recorded answer below it."""
        output = show_console(name, part).removeprefix(TERMINAL)
        question = parse(kind, lines, find(name, part)[1])
        text = markup(question, key, self.md.htmlStash.store(output))
        return ["", *text.split("\n"), ""]


class Pages(Extension):
    """The Markdown extension: `tools.site.pages` in mkdocs.yml."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Put the directives after the whitespace, 30, and before superfences, 25."""
        md.preprocessors.register(Directives(md), "sprout", 28)


def makeExtension(**settings: object) -> Pages:
    """Return the extension; Markdown calls this."""
    return Pages(**settings)


@dataclass(frozen=True)
class Block:
    """Something that a page shows: what kind, with which arguments, where."""

    page: str
    line: int
    kind: str
    arguments: tuple[str, ...] = ()


def blocks(path: Path) -> list[Block]:
    """Return what a page shows.

    A block of code that is written in the page itself, not put in, is of kind `typed`;
    or `excepted`, with the reason, if a comment above it gives one:
    `<!-- not run: it needs macOS -->`.
    """
    found: list[Block] = []
    page, fence, reason = path.relative_to(DOCS).as_posix(), "", ""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if match := FENCE.match(line):
            if not fence:
                fence = match[1]
                kind = "excepted" if reason else "typed"
                found.append(Block(page, number, kind, (reason,)))
            elif match[1] == fence:
                fence = ""
        elif not fence and (match := BEGIN.match(line)):
            kind, name, part = match.groups()
            question = tuple(until_end(iter(lines[number:])))
            found.append(Block(page, number, kind, (name, part, *question)))
            found.append(Block(page, number, "console", (name, part)))
        elif not fence and (match := DIRECTIVE.match(line)):
            found.append(Block(page, number, match[2], tuple(match[3].split())))
        if not fence:
            exception = EXCEPTION.match(line)
            reason = exception[1] if exception else reason if not line else ""
    return found


def pages() -> list[Path]:
    """Return the site's pages: all but the reports for other projects."""
    return sorted(path for path in DOCS.rglob("*.md") if UPSTREAM not in path.parents)


def is_measured(block: Block) -> bool:
    """Whether it shows figures or a screenshot, which no test makes again."""
    name, *_ = block.arguments
    figures = (MEASURED.keys() | LIVE.keys()) - {"clone"}
    return block.kind == "screenshot" or (
        block.kind in ("generated", "picture") and name in figures
    )


def count() -> Counter[str]:
    """Count what the pages show: listings, commands, outputs, pictures, and so on."""
    total: Counter[str] = Counter()
    for block in (block for path in pages() for block in blocks(path)):
        if is_measured(block):
            total["measured"] += 1
        elif block.kind == "console":
            _, part = find(*block.arguments)
            typed = [line for line in part.lines if is_typed(line)]
            total["commands"] += len(typed)
            total["outputs"] += bool(len(part.lines) - len(typed))
        elif block.kind == "listing":
            total["listings"] += 1
        elif block.kind == "diff":
            total["diffs"] += len(list(changes(*block.arguments)))
        elif block.kind == "generated":
            total["tables and other generated text"] += 1
        elif block.kind in ("predict", "why"):
            total["questions"] += 1
        else:
            total[block.kind + ("s" if block.kind in SHOW else "")] += 1
    return total


def faults() -> list[str]:
    """Return what the pages ask for that is not there, each with its place."""
    found = []
    for block in (block for path in pages() for block in blocks(path)):
        place = f"docs/{block.page}:{block.line}"
        if block.kind == "typed":
            found.append(f"{place}: typed by hand: put it in from what was run")
        elif block.kind != "excepted":
            try:
                if block.kind in ("predict", "why"):
                    name, part, *lines = block.arguments
                    parse(block.kind, lines, find(name, part)[1])
                    continue
                if block.kind not in SHOW:
                    raise PageError(f"There is no {{{{ {block.kind} }}}}.")
                SHOW[block.kind](*block.arguments)
            except (SproutError, TypeError) as error:
                found.append(f"{place}: {error}")
    return found


def main() -> int:
    """Print the count and the errors; return 1 if there are errors."""
    if wrong := faults():
        print("\n".join(wrong))
        return 1
    total = count()
    excepted, measured = total.pop("excepted", 0), total.pop("measured", 0)
    print(", ".join(f"{number} {kind}" for kind, number in sorted(total.items())))
    print(
        f"{sum(total.values())} verified, {measured} measured and not replayed, "
        f"{excepted} excepted with a reason:"
    )
    for block in (block for path in pages() for block in blocks(path)):
        if block.kind == "excepted":
            print(f"  docs/{block.page}:{block.line}: {block.arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
